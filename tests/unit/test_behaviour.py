"""What the measurements of tests/behaviour promise, and that their table says it."""

import importlib
import inspect

import pytest

from tests.behaviour import __main__ as command
from tests.behaviour import budgets, report
from tests.behaviour.budgets import BUDGETS
from tests.behaviour.figures import Budget, Figure, missed

PROMISED = {
    "G3": {"≤ 0", "≤ 100 ms", "≥ 100 %"},
    "G4": {"≤ 1 s", "≥ 100 %"},
    "G5": {"≤ 0", "≥ 60 %"},
    "G6": {"≤ 0"},
    "G8": {"≥ 85 %", "≤ 1 s"},
    "G9": {"≤ 50 ms", "≤ 250 ms"},
    "G10": {"≤ 2.5 s", "≥ 100 %", "≥ 80 % of peak"},
    "G11": {"≤ 100 MiB", "≤ 2 x"},
    "G28": {"≤ 1", "≤ 0"},
    "G30": {"≤ 50 ms", "≤ 0"},
    "G31": {"≤ 0", "≤ 50 ms", "≥ 100 %", "≤ 100 MiB"},
    "G34": {"≤ 499"},
}
LOST = Budget("G0", "lost", most=0)
SHARE = Budget("G0", "share", "%", least=85)


def test_the_promises_are_those_that_were_made() -> None:
    goals = {budget.goal for budget in BUDGETS}
    assert {goal: {b.text for b in BUDGETS if b.goal == goal} for goal in goals} == PROMISED


def test_every_promise_is_measured_by_a_module_that_exists() -> None:
    code = "".join(inspect.getsource(importlib.import_module(f"tests.behaviour.{name}")) for name in command.NAMES)
    unmeasured = [name for name in vars(budgets) if name.isupper() and name != "BUDGETS" and f".{name}" not in code]
    assert not unmeasured


@pytest.mark.parametrize(
    ("budget", "measured", "complaints"), [(LOST, 0, 0), (LOST, 1, 1), (SHARE, 85, 0), (SHARE, 84.9, 1)]
)
def test_a_bound_belongs_to_what_it_allows(budget: Budget, measured: float, complaints: int) -> None:
    assert len(missed([Figure(budget, measured)])) == complaints


def test_the_page_shows_each_figure_beside_the_usual_one_and_what_was_not_measured() -> None:
    page = report.page([Figure(LOST, 3, "559 of 5,238")], seconds=61)
    assert "| G0 | lost | 3 | ≤ 0 | MISSED | 559 of 5,238 |" in page
    assert "not measured: G34" in page
    assert "processors" in page


def test_a_missed_promise_is_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Figure] = []
    monkeypatch.setattr(command, "measured", lambda *_: found)
    monkeypatch.setattr(command, "programs", lambda: "there")
    monkeypatch.setattr(command, "program", lambda: "there")
    assert command.main(["times"]) == 0
    found.append(Figure(LOST, 1))
    assert command.main(["times"]) == 1


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["nothing"])
    assert "unknown: nothing" in capsys.readouterr().err
