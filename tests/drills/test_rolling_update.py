from collections.abc import Callable

import pytest

from scripts.phases.drill import DrillOrder
from scripts.phases.drill_report import DrillReport

Drill = Callable[[DrillOrder], DrillReport]
REQUESTS = 10_000


def assert_was_a_drill(report: DrillReport) -> None:
    """Enough load of both kinds, and pods that were really replaced while it ran."""
    assert report.load.requests >= REQUESTS
    assert 0.4 < report.load.kept / report.load.requests < 0.6
    assert len(report.rollouts) >= 2
    assert len(report.load.pods) >= 2 * (len(report.rollouts) + 1)
    assert report.load.writes.created


@pytest.mark.timeout(420)
def test_no_request_and_no_write_is_lost(drill: Drill) -> None:
    report = drill(DrillOrder(requests=REQUESTS))
    assert_was_a_drill(report)
    assert report.load.failures == (), report.table()
    assert report.lost == ()


@pytest.mark.timeout(420)
def test_the_same_drill_without_the_drain_loses_requests(drill: Drill) -> None:
    """The negative control: where this passes no more, the drill above proves nothing."""
    report = drill(DrillOrder(requests=REQUESTS, drain=False))
    assert_was_a_drill(report)
    assert len(report.load.failures) > 0, report.table()
