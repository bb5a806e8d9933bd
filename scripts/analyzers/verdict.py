"""What is said of a workload: one state and its reason, at one version of the object."""

from dataclasses import dataclass
from enum import StrEnum

from scripts.core.objects import Object, at


class State(StrEnum):
    """How far a workload is. `FAILED` and `COMPLETE` are ends; `PAUSED` is an end nobody reaches by waiting."""

    ABSENT = "absent"
    PENDING = "pending"
    PAUSED = "paused"
    FAILED = "failed"
    PROGRESSING = "progressing"
    SETTLING = "settling"
    COMPLETE = "complete"


@dataclass(frozen=True)
class Verdict:
    """A state, why, and what it was read from."""

    state: State
    reason: str
    generation: int = 0
    resource_version: str = ""
    code: str = ""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to wait for."""
        return self.state is State.COMPLETE


def verdict(thing: Object, state: State, reason: str, code: str = "") -> Verdict:
    """A verdict on `thing` as it is now."""
    return Verdict(state, reason, number(thing, "metadata", "generation"), _version(thing), code)


def lagging(thing: Object) -> Verdict | None:
    """The first question of all: has the controller seen the spec? Nothing in `status` may be read before."""
    seen, wanted = number(thing, "status", "observedGeneration"), number(thing, "metadata", "generation")
    if seen >= wanted:
        return None
    return verdict(thing, State.PENDING, f"the controller has seen generation {seen} of {wanted}")


def number(thing: Object, *path: str, default: int = 0) -> int:
    """An integer field; counts that are zero are left out of a status."""
    return int(at(thing, *path, default=default))


def _version(thing: Object) -> str:
    return str(at(thing, "metadata", "resourceVersion", default=""))
