"""A drill as data: what is done, what it may cost, and what must make it fail."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from scripts.drills.budget import Budget
from scripts.drills.stage import Stage
from scripts.load import LoadResult

Play = Callable[[Stage], None]
Judge = Callable[[LoadResult], Iterator[str]]
Arrangement = Callable[[Stage], AbstractContextManager[None]]
DRAIN_OFF = "availability.drainSeconds=0"


def as_it_is(_: Stage) -> AbstractContextManager[None]:
    """Change nothing."""
    return contextlib.nullcontext()


def nothing_more(_: LoadResult) -> Iterator[str]:
    """The budget says all."""
    return iter(())


def without_drain(stage: Stage) -> AbstractContextManager[None]:
    """The release without its drain, for as long as the block runs."""
    return stage.changed(DRAIN_OFF)


@dataclass(frozen=True)
class Drill:
    """One drill.

    Attributes:
        name: As the command has it.
        title: What happens to the release, in a sentence without its full stop.
        budget: What it may cost.
        play: Does it once, and leaves the release as it was; it is done again until enough requests were sent.
        control: What is taken away in the negative control, in words.
        arrangement: Takes it away; a drill may also look at `Stage.control` itself.
        fewest: How often it is done at least.
        judge: Finds in what the load saw what the budget has no word for, as sentences.
    """

    name: str
    title: str
    budget: Budget
    play: Play
    control: str
    arrangement: Arrangement = as_it_is
    fewest: int = 1
    judge: Judge = nothing_more
