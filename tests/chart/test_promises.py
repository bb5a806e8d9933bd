"""docs/chart-promises.md is true: no promise is missing in it, and every test that it names is there."""

import subprocess
import sys

import pytest

from tests.chart.promises import PAGE, Promise, promises, render
from tests.prove.promises import ROOT

PROMISES = promises()
ALL = 36


def test_the_page_is_what_the_promises_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(PROMISES), "run python -m tests.chart.promises"


def test_every_number_is_there_once_and_in_its_order() -> None:
    assert [promise.number for promise in PROMISES] == list(range(1, ALL + 1))


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: str(promise.number))
def test_what_is_proven_has_a_test_and_what_is_open_a_reason(promise: Promise) -> None:
    assert promise.promise
    assert promise.tests or promise.missing
    assert len(set(promise.tests)) == len(promise.tests)
    assert "|" not in promise.promise + promise.missing + promise.unshown


def test_at_most_three_promises_are_left_to_registries_and_clouds() -> None:
    assert sum(bool(promise.unshown) for promise in PROMISES) <= 3


def collected(*tests: str) -> subprocess.CompletedProcess[str]:
    """What pytest says of these tests when it looks for them and runs none."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def test_every_test_that_is_named_exists() -> None:
    done = collected(*sorted({test for promise in PROMISES for test in promise.tests}))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_test_that_does_not_exist_is_noticed() -> None:
    done = collected("tests/chart/test_promises.py::test_of_nothing")
    assert done.returncode != 0
    assert "test_of_nothing" in done.stdout + done.stderr
