"""What a drill may lose, and what of it was exceeded: pure, over what the load saw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scripts.load import Failure, LoadResult


@dataclass(frozen=True)
class Act:
    """One thing that was done to the release; times in seconds from the start of the load.

    Attributes:
        name: What was done.
        begin: When.
        end: When the release was whole again.
    """

    name: str
    begin: float
    end: float


@dataclass(frozen=True)
class Budget:
    """What may go wrong.

    Attributes:
        share: Of all requests, how many may fail, 0 to 1.
        seconds: How long after the beginning of an act a request that fails may be due; 0 where none may fail.
        recovery: Seconds within which the release has to be whole again after an act.
    """

    share: float = 0.0
    seconds: float = 0.0
    recovery: float = 180.0

    def __str__(self) -> str:
        if not self.share:
            return f"no request fails, whole again within {self.recovery:g} s"
        return (
            f"at most {self.share:.1%} of the requests fail, within {self.seconds:g} s of an act, "
            f"whole again within {self.recovery:g} s"
        )

    def exceeded(self, load: LoadResult, acts: Sequence[Act]) -> Iterator[str]:
        """A sentence for each way in which more went wrong than may."""
        failed = len(load.failures)
        if failed > self.share * load.requests:
            yield f"{failed} of {load.requests} requests failed"
        late = [failure for failure in load.failures if self.share and not self._is_near(failure, acts)]
        if late:
            yield f"{len(late)} requests failed more than {self.seconds:g} s after anything was done"
        for act in acts:
            if act.end - act.begin > self.recovery:
                yield f"after {act.name} the release was whole again after {act.end - act.begin:.0f} s"

    def _is_near(self, failure: Failure, acts: Sequence[Act]) -> bool:
        return any(act.begin - failure.took <= failure.at <= act.begin + self.seconds for act in acts)
