"""What a drill may lose, what its failures are laid to, and the page: from made-up loads, without a cluster."""

from dataclasses import replace

import pytest

from scripts.drills.budget import Act, Budget
from scripts.drills.catalogue import ALL, DRILLS
from scripts.drills.chronicle import Change, differences, laid_to, state
from scripts.drills.page import page
from scripts.drills.report import DrillReport
from scripts.load import Failure, FailureClass, LoadResult, Writes
from scripts.load.percentiles import Latency
from tests.tool.world.objects import condition, pod

KILL = Act("kill", 10.0, 20.0)


def failure(at: float, took: float = 0.1) -> Failure:
    return Failure(
        *(at, took, "read", "GET", "/api/v1/items", "kept", FailureClass.STATUS, "answered 502", 502, None, "id", "")
    )


def load(*failures: Failure, requests: int = 1000) -> LoadResult:
    return LoadResult(
        target="http://127.0.0.1:8080",
        rate=150.0,
        achieved_rate=150.0,
        ceiling=1000.0,
        started_at=0.0,
        duration=70.0,
        requests=requests,
        kept=requests // 2,
        connections=10,
        latency=Latency.of([0.01]),
        late=0.0,
        failures=failures,
        failures_by_class={FailureClass.STATUS: len(failures)} if failures else {},
        timeline=(),
        served_by={"a": 1, "b": 2},
        writes=Writes((1, 2), (), ()),
    )


@pytest.mark.parametrize(
    ("budget", "failures", "told"),
    [
        (Budget(), (), []),
        (Budget(), (failure(11),), ["1 of 1000 requests failed"]),
        (Budget(share=0.01, seconds=5), (failure(11),), []),
        (Budget(share=0.01, seconds=5), tuple(failure(11) for _ in range(11)), ["11 of 1000 requests failed"]),
        (Budget(share=0.01, seconds=5), (failure(16),), ["1 requests failed more than 5 s after anything was done"]),
        (Budget(share=0.01, seconds=5), (failure(9, took=0.5),), ["1 requests failed more than 5 s after"]),
        (Budget(share=0.01, seconds=5), (failure(9.7, took=0.5),), []),
        (Budget(recovery=9), (), ["after kill the release was whole again after 10 s"]),
    ],
)
def test_what_exceeds_a_budget_is_told(budget: Budget, failures: tuple[Failure, ...], told: list[str]) -> None:
    found = list(budget.exceeded(load(*failures), [KILL]))
    assert len(found) == len(told)
    assert all(sentence.startswith(words) for sentence, words in zip(found, told, strict=True))


def test_a_failure_is_laid_to_the_nearest_change_of_a_pod() -> None:
    changes = [Change(8.0, "a ending"), Change(10.5, "b ready"), Change(30.0, "c gone")]
    assert laid_to(failure(10.0, took=1.0), changes) == "b ready +0.5 s"
    assert laid_to(failure(12.0), changes) == "b ready -1.5 s"
    assert laid_to(failure(20.0), changes) == "no pod changed near it"
    assert laid_to(failure(29.0, took=0.5), changes) == "no pod changed near it"


def test_the_changes_of_pods_are_told_in_a_word_each() -> None:
    ready, ending = pod("a", conditions=[condition("Ready", "True")]), pod("a", deleted=True)
    assert (state(ready), state(ending), state(pod("a"))) == ("ready", "ending", "not ready")
    before, now = {"a": "ready", "b": "ready", "c": "ending"}, {"a": "ending", "b": "ready", "d": "not ready"}
    assert list(differences(before, now)) == ["a ending", "c gone", "d not ready"]


def test_every_drill_has_a_name_a_budget_and_a_control_of_its_own() -> None:
    assert len(DRILLS) == len(ALL)
    assert all(drill.title and drill.control and str(drill.budget) for drill in ALL)


def test_the_page_tells_of_a_control_that_passes_that_the_drill_proves_nothing() -> None:
    drill = DRILLS["pod-kill"]
    good = DrillReport(drill, False, load(failure(11)), (KILL,), (), (), ())  # noqa: FBT003 - as in the class
    bad = replace(good, control=True, unmet=("500 of 1000 requests failed",))
    told = page([(good, bad)])
    assert "| `pod-kill` |" in told
    assert "without all pods but the killed one: every pod is killed at once: 500 of 1000 requests failed |" in told
    assert "- `pod-kill`: kill 10 s; 2 pods served." in told
    assert "proves nothing" in page([(good, replace(bad, unmet=()))])


def test_the_table_lays_each_failure_to_a_change() -> None:
    report = DrillReport(
        *(DRILLS["pod-kill"], False, load(failure(11)), (KILL,), (Change(10.9, "a gone"),), (), ("too much",))
    )
    table = report.table()
    assert "answered 502; a gone -0.1 s" in table
    assert "unmet       too much" in table
    assert report.to_object()["passed"] is False
