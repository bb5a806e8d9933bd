from collections.abc import Callable

import pytest

from scripts.drills.conduct import DrillOrder
from scripts.drills.report import DrillReport

Drill = Callable[[str, DrillOrder], DrillReport]
NAME = "rolling-update"
REQUESTS = 10_000


def assert_was_a_drill(report: DrillReport) -> None:
    """Enough load of both kinds, and pods that were really replaced while it ran."""
    assert report.load.requests >= REQUESTS
    assert 0.4 < report.load.kept / report.load.requests < 0.6
    assert len(report.acts) >= 2
    assert len(report.load.pods) >= 2 * (len(report.acts) + 1)
    assert report.load.writes.created


@pytest.mark.timeout(420)
def test_no_request_and_no_write_is_lost(drill: Drill) -> None:
    report = drill(NAME, DrillOrder(requests=REQUESTS))
    assert_was_a_drill(report)
    assert report.load.failures == (), report.table()
    assert report.lost == ()
    assert report.passed


@pytest.mark.timeout(420)
def test_the_same_drill_without_the_drain_loses_requests(drill: Drill) -> None:
    """The negative control: where this passes no more, the drill above proves nothing."""
    report = drill(NAME, DrillOrder(requests=REQUESTS, control=True))
    assert_was_a_drill(report)
    assert len(report.load.failures) > 0, report.table()
