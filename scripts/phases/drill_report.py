"""What a drill found, for people and for machines."""

from collections import Counter
from dataclasses import dataclass

from scripts.core.objects import Object
from scripts.load import Failure, ItemId, LoadResult

SHOWN = 5


@dataclass(frozen=True)
class Rollout:
    """One rollout under load; times in seconds from the start of the load.

    Attributes:
        begin: When the change was made.
        end: When every pod was new, available, and every old one gone.
    """

    begin: float
    end: float


@dataclass(frozen=True)
class DrillReport:
    """A rolling update under load.

    Attributes:
        drain: Whether the release drained its pods.
        load: What the client saw; nothing was sent twice.
        rollouts: The rollouts during the load.
        lost: Items whose creation was acknowledged and that were not there afterwards.
    """

    drain: bool
    load: LoadResult
    rollouts: tuple[Rollout, ...]
    lost: tuple[ItemId, ...]

    @property
    def failed(self) -> int:
        """Requests that failed, and acknowledged writes that were lost."""
        return len(self.load.failures) + len(self.lost)

    def to_object(self) -> Object:
        """The figures for machines; times in seconds."""
        latency = self.load.latency
        return {
            "drill": "rolling-update",
            "drain": self.drain,
            "requests": self.load.requests,
            "failed": len(self.load.failures),
            "failures": dict(self.load.failures_by_class),
            "failed_by_rollout": self._by_rollout(),
            "lost_writes": list(self.lost),
            "kept_connections": self.load.kept,
            "rate": round(self.load.achieved_rate, 1),
            "p50": latency.p50,
            "p99": latency.p99,
            "max": latency.max,
            "seconds": round(self.load.duration, 1),
            "rollouts": len(self.rollouts),
            "pods": sorted(self.load.pods),
        }

    def _by_rollout(self) -> list[int]:
        """Failures during each rollout; the last number is of those outside any."""
        counts = Counter(self._rollout_of(failure) for failure in self.load.failures)
        return [counts[number] for number in range(len(self.rollouts) + 1)]

    def _rollout_of(self, failure: Failure) -> int:
        moment = failure.at
        within = (number for number, rollout in enumerate(self.rollouts) if rollout.begin <= moment <= rollout.end)
        return next(within, len(self.rollouts))

    def table(self) -> str:
        """The figures for people."""
        load, latency = self.load, self.load.latency
        kept = f"{load.kept} on kept connections, {load.requests - load.kept} on new ones"
        lines = [
            ("drain", "on" if self.drain else "off"),
            ("requests", f"{load.requests} at {load.achieved_rate:.0f}/s, no retry; {kept}"),
            ("failed", f"{len(load.failures)} {_classes(load)}".rstrip()),
            ("lost writes", f"{len(self.lost)} of {len(load.writes.created)} acknowledged creations"),
            ("latency", f"p50 {latency.p50 * 1000:.1f} ms, p99 {latency.p99 * 1000:.1f} ms"),
            ("duration", f"{load.duration:.1f} s, {len(self.rollouts)} rollouts, {len(load.pods)} pods served"),
        ]
        first = [
            f"  at {failure.at:6.1f} s  {failure.method} {failure.path}: {failure.detail}" for failure in self._first
        ]
        return "\n".join([f"{name:<12}{text}" for name, text in lines] + first)

    @property
    def _first(self) -> tuple[Failure, ...]:
        return self.load.failures[:SHOWN]


def _classes(load: LoadResult) -> str:
    told = ", ".join(f"{count} {error}" for error, count in load.failures_by_class.items())
    return f"({told})" if told else ""
