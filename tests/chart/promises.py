"""What the chart promises, as data, and the page of it.

python -m tests.chart.promises
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.prove.promises import ROOT, rows

SOURCE = Path(__file__).with_name("promises.toml")
PAGE = ROOT / "docs" / "chart-promises.md"
HEAD = """# What the chart promises

Of {all} promises {proven} are proven, {unshown} cannot be shown whole on kind, {open} open: the reason stands beside
each, and its tests prove the rest.
What is below `tests/chart` needs no cluster (`make test-chart`, `make scan`), `tests/e2e` and `tests/drills` need the
release on kind (`make e2e`). This page is written from [promises.toml](../tests/chart/promises.toml) by
`python -m tests.chart.promises`.

| # | Promise | Tests | State |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Promise:
    """One property of the chart.

    Attributes:
        number: Its number, from 1 on.
        promise: What holds, in a sentence without its full stop.
        tests: pytest node ids, without parameters, of what proves it or a part of it.
        missing: What no test proves yet; empty where the whole is proven.
        unshown: What needs a registry or a cloud, and so no test here can prove; empty where there is nothing.
    """

    number: int
    promise: str
    tests: tuple[str, ...]
    missing: str = ""
    unshown: str = ""

    @property
    def state(self) -> str:
        """`proven`, or `open` or `not shown here` and why."""
        if self.missing:
            return f"open: {self.missing}"
        return f"not shown here: {self.unshown}" if self.unshown else "proven"


def promises() -> tuple[Promise, ...]:
    """All of them, in the order of the file."""
    return tuple(Promise(**row) for row in rows(SOURCE))


def render(promises: Iterable[Promise]) -> str:
    """The page."""
    every = tuple(promises)
    states = Counter(promise.state.partition(":")[0] for promise in every)
    counts = {"proven": states["proven"], "unshown": states["not shown here"], "open": states["open"]}
    return HEAD.format(**counts, all=len(every)) + "".join(_lines(every))


def _lines(promises: Iterable[Promise]) -> Iterator[str]:
    for promise in promises:
        tests = "<br>".join(f"`{test}`" for test in promise.tests) or "none"
        yield f"| {promise.number} | {promise.promise} | {tests} | {promise.state} |\n"


if __name__ == "__main__":
    PAGE.write_text(render(promises()), encoding="utf-8")
