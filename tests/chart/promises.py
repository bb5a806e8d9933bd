"""What the chart promises, as data, and the page of it.

python -m tests.chart.promises
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.prove.promises import ROOT, rows

SOURCE = Path(__file__).with_name("promises.toml")
PAGE = ROOT / "docs" / "chart-promises.md"
HEAD = """# What the chart promises

{proven} of {all} promises are proven. The others are open for the reason beside them; their tests prove a part.
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
    """

    number: int
    promise: str
    tests: tuple[str, ...]
    missing: str = ""

    @property
    def state(self) -> str:
        """`proven`, or `open` and why."""
        return f"open: {self.missing}" if self.missing else "proven"


def promises() -> tuple[Promise, ...]:
    """All of them, in the order of the file."""
    return tuple(Promise(**row) for row in rows(SOURCE))


def render(promises: Iterable[Promise]) -> str:
    """The page."""
    every = tuple(promises)
    proven = sum(not promise.missing for promise in every)
    return HEAD.format(proven=proven, all=len(every)) + "".join(_lines(every))


def _lines(promises: Iterable[Promise]) -> Iterator[str]:
    for promise in promises:
        tests = "<br>".join(f"`{test}`" for test in promise.tests) or "none"
        yield f"| {promise.number} | {promise.promise} | {tests} | {promise.state} |\n"


if __name__ == "__main__":
    PAGE.write_text(render(promises()), encoding="utf-8")
