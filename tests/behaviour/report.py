"""The table, for a terminal and for docs/behaviour.md."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.behaviour.budgets import BUDGETS
from tests.behaviour.figures import Figure

PAGE = Path(__file__).parents[2] / "docs" / "behaviour.md"
HEAD = ("", "what", "measured", "promised", "", "the usual way")
INTRODUCTION = """\
# Behaviour, in figures

Each figure is measured against the real server, as a process of its own, with PostgreSQL and Redis on the same machine;
client and server share its processors. `make behaviour` measures all of it again, writes this page, and fails where a
promise is not kept. The last column is the same figure of the usual way to write it (`tests/naive`): a session per
request, a signal handler that exits, a loop over all sockets, default metrics.
"""


def lines(figures: Iterable[Figure]) -> list[str]:
    """For a terminal."""
    return [
        f"{f.budget.goal:4} {f.budget.what:72} {f.text:>12}  {f.budget.text:>14}  {_verdict(f):6} {f.naive}"
        for f in figures
    ]


def skipped(figures: Iterable[Figure], names: Sequence[str]) -> list[str]:
    """What a run of everything did not measure."""
    there = {figure.budget for figure in figures}
    return [] if names else [f"not measured: {b.goal} {b.what}" for b in BUDGETS if b not in there]


def page(figures: Sequence[Figure], seconds: float) -> str:
    """The document."""
    rows = [_row(HEAD), _row("---" for _ in HEAD), *(_row(_cells(figure)) for figure in figures)]
    left_out = [f"- {line}" for line in skipped(figures, ())]
    return "\n".join([INTRODUCTION, *rows, "", *left_out, *([""] if left_out else []), _facts(seconds), ""])


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(figure: Figure) -> Sequence[str]:
    budget = figure.budget
    return budget.goal, budget.what, figure.text, budget.text, _verdict(figure), figure.naive


def _verdict(figure: Figure) -> str:
    return "kept" if figure.met else "MISSED"


def _facts(seconds: float) -> str:
    machine = f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}"
    return f"Measured on {datetime.now(UTC):%Y-%m-%d} in {seconds / 60:.0f} minutes, {machine}."
