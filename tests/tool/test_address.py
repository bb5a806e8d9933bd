import time
from collections.abc import Iterator
from typing import cast

import pytest

from scripts.core.errors import RolloutTimeout
from scripts.core.report import Voice
from scripts.phases import address
from scripts.phases.context import Context
from tests.support.lines import Lines

QUIET = 0.3


class Bare:
    """Of a context only its voice."""

    def voice(self, phase: str) -> Voice:
        return Voice(Lines(), phase)


def answering(monkeypatch: pytest.MonkeyPatch, answers: Iterator[str]) -> list[float]:
    """Let probes be answered so; the moments of those that were not 200."""
    failures: list[float] = []

    def probe(_port: int) -> str:
        answer = next(answers, "200")
        if answer != "200":
            failures.append(time.monotonic())
        return answer

    monkeypatch.setattr(address, "probe", probe)
    monkeypatch.setattr(address, "STEADY_SECONDS", QUIET)
    return failures


def test_steady_is_counted_from_the_last_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = answering(monkeypatch, iter(["200", "502", "200", "connection refused", "200"]))
    address.await_steady(cast("Context", Bare()), 8080, 30)
    assert len(failures) == 2
    assert time.monotonic() - failures[-1] >= QUIET


def test_an_address_that_never_is_steady_runs_out_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, iter(["502"] * 1000))
    with pytest.raises(RolloutTimeout, match="without a break"):
        address.await_steady(cast("Context", Bare()), 8080, QUIET * 2)
