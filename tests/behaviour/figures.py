"""What is promised, and what was measured against it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """One promise in figures.

    Attributes:
        goal: the group that it belongs to.
        what: what is measured.
        unit: of the figure; empty for a count.
        most: the figure must not be above.
        least: the figure must not be below.
    """

    goal: str
    what: str
    unit: str = ""
    most: float | None = None
    least: float | None = None

    def met(self, measured: float) -> bool:
        """The verdict."""
        return (self.most is None or measured <= self.most) and (self.least is None or measured >= self.least)

    @property
    def text(self) -> str:
        sign, bound = ("≤", self.most) if self.most is not None else ("≥", self.least)
        return f"{sign} {bound:g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Figure:
    """One measurement; `naive` is the same figure of the usual shape."""

    budget: Budget
    measured: float
    naive: str = ""

    @property
    def met(self) -> bool:
        return self.budget.met(self.measured)

    @property
    def text(self) -> str:
        digits = 0 if abs(self.measured) >= 100 or self.measured == int(self.measured) else 2
        return f"{self.measured:.{digits}f} {self.budget.unit}".rstrip()


Measurement = Callable[..., Iterable[Figure]]


def missed(figures: Iterable[Figure]) -> list[str]:
    """A sentence for each promise that was not kept."""
    return [f"{f.budget.goal} {f.budget.what}: {f.text}, not {f.budget.text}" for f in figures if not f.met]
