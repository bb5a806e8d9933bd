from typing import Any

import pytest

from scripts.analyzers.patience import Patience
from scripts.analyzers.scheduling import quantity, requested, why_it_never_fits
from scripts.analyzers.signals import Grade, pod_signals
from tests.tool.world.objects import condition, crashed, node, pod, waiting

Thing = dict[str, Any]


def signals(*statuses: Thing, **more: Any) -> list[tuple[Grade, str]]:
    found = pod_signals([pod(containerStatuses=list(statuses), **more)], [node()])
    return [(signal.grade, signal.code) for signal in found]


@pytest.mark.parametrize(
    ("status", "grade", "code"),
    [
        (waiting("InvalidImageName"), Grade.CERTAIN, "IMG-NAME"),
        (waiting("ErrImageNeverPull"), Grade.CERTAIN, "IMG-NEVER"),
        (waiting("ErrImagePull"), Grade.LIKELY, "IMG-PULL"),
        (waiting("ImagePullBackOff"), Grade.LIKELY, "IMG-PULL"),
        (waiting("CreateContainerConfigError", 'secret "x" not found'), Grade.LIKELY, "CFG-REFERENCE"),
        (waiting("CreateContainerError"), Grade.LIKELY, "START-CREATE"),
        (waiting("RunContainerError"), Grade.LIKELY, "START-RUN"),
        (crashed(1, 0), Grade.SYMPTOM, "CRASH-1"),
        (crashed(1, 1), Grade.SYMPTOM, "CRASH-1"),
        (crashed(1, 2), Grade.LIKELY, "CRASH-1"),
        (crashed(0, 3, "Completed"), Grade.LIKELY, "CRASH-0"),
        (crashed(78, 0), Grade.SYMPTOM, "CRASH-78"),
        (crashed(78, 1), Grade.CERTAIN, "CRASH-78"),
        (crashed(137, 2, "OOMKilled"), Grade.LIKELY, "OOM-KILLED"),
        ({"name": "a", "ready": False, "state": {"running": {}}}, Grade.SYMPTOM, "PROBE-UNREADY"),
        ({"name": "a", "state": {"terminated": {"exitCode": 3}}}, Grade.SYMPTOM, "CRASH-3"),
    ],
)
def test_grade_of_a_container(status: Thing, grade: Grade, code: str) -> None:
    assert signals(status) == [(grade, code)]


@pytest.mark.parametrize(
    "status",
    [
        waiting("ContainerCreating"),
        waiting("PodInitializing"),
        {"name": "a", "ready": True, "state": {"running": {}}},
        {"name": "a", "ready": False, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
    ],
)
def test_nothing_is_wrong_with(status: Thing) -> None:
    assert signals(status) == []


def test_init_container_is_looked_at_too() -> None:
    found = pod_signals([pod(initContainerStatuses=[crashed(1, 2)])], [])
    assert [signal.code for signal in found] == ["CRASH-1"]


def test_surest_signal_comes_first() -> None:
    assert [grade for grade, _ in signals(crashed(1, 0), waiting("ErrImagePull"), waiting("InvalidImageName"))] == [
        Grade.CERTAIN,
        Grade.LIKELY,
        Grade.SYMPTOM,
    ]


def wanting(cpu: str = "100m", memory: str = "64Mi", **more: Any) -> Thing:
    unschedulable = condition("PodScheduled", "False", "Unschedulable", "0/1 nodes are available")
    containers = [{"resources": {"requests": {"cpu": cpu, "memory": memory}}}]
    return pod(conditions=[unschedulable], spec={"containers": containers, **more})


def test_pod_that_fits_nowhere_is_certain() -> None:
    (signal,) = pod_signals([wanting(cpu="3")], [node(cpu="2")])
    assert (signal.grade, signal.code) == (Grade.CERTAIN, "SCHED-NEVER")
    assert signal.message == "it requests 3 cpu and the largest node has 2 cpu"


def test_pod_that_waits_for_room_is_a_symptom() -> None:
    (signal,) = pod_signals([wanting(cpu="2")], [node(cpu="2")])
    assert (signal.grade, signal.code) == (Grade.SYMPTOM, "SCHED-WAITS")


def test_memory_counts_as_well() -> None:
    assert why_it_never_fits(wanting(memory="9Gi"), [node(memory="8Gi")]).startswith("it requests 9216 MiB")


def test_no_node_known_is_no_proof() -> None:
    assert why_it_never_fits(wanting(cpu="64"), []) == ""


def test_request_is_the_larger_of_main_and_init_containers() -> None:
    init = [{"resources": {"requests": {"cpu": "2"}}}]
    assert requested(wanting(cpu="500m", initContainers=init), "cpu") == 2.0


def test_sidecars_add_to_the_main_containers() -> None:
    sidecar = [{"restartPolicy": "Always", "resources": {"requests": {"cpu": "250m"}}}]
    assert requested(wanting(cpu="500m", initContainers=sidecar), "cpu") == 0.75


@pytest.mark.parametrize(
    ("text", "value"), [("250m", 0.25), ("2", 2.0), ("1Gi", 2**30), ("1G", 1e9), ("512Ki", 2**19), (0, 0.0)]
)
def test_quantity(text: object, value: float) -> None:
    assert quantity(text) == value


def seen(*statuses: Thing) -> Any:
    return pod_signals([pod(containerStatuses=list(statuses))], [])


def test_certain_ends_the_wait_at_once() -> None:
    final = Patience().verdict(seen(waiting("InvalidImageName")), now=0)
    assert final
    assert final.code == "IMG-NAME"


def test_likely_ends_it_after_its_grace() -> None:
    patience, bad = Patience(), seen(waiting("ImagePullBackOff"))
    assert patience.verdict(bad, now=0) is None
    assert patience.soonest(bad, now=10) == 20
    assert patience.verdict(bad, now=15) is None
    assert patience.verdict(bad, now=30) is bad[0]


def test_missing_secret_has_ten_seconds_to_arrive() -> None:
    patience, bad = Patience(), seen(waiting("CreateContainerConfigError"))
    assert patience.verdict(bad, now=0) is None
    assert patience.verdict(bad, now=9) is None
    assert patience.verdict(bad, now=10) is bad[0]


def test_pull_that_alternates_between_error_and_back_off_is_one_signal() -> None:
    patience = Patience()
    for now in range(0, 30, 5):
        reason = "ErrImagePull" if now % 10 else "ImagePullBackOff"
        assert patience.verdict(seen(waiting(reason)), now=now) is None
    assert patience.verdict(seen(waiting("ErrImagePull")), now=30)


def test_signal_that_went_away_starts_again() -> None:
    patience, bad = Patience(), seen(waiting("ImagePullBackOff"))
    patience.verdict(bad, now=0)
    patience.verdict([], now=25)
    assert patience.verdict(bad, now=31) is None


def test_crash_loop_is_kept_through_the_moment_in_which_it_runs() -> None:
    patience, bad = Patience(), seen(crashed(1, 2))
    patience.verdict(bad, now=0)
    patience.verdict([], now=10)
    patience.verdict(seen(crashed(1, 3)), now=15)
    assert patience.verdict(seen(crashed(1, 3)), now=30)


def test_one_crash_while_the_database_starts_never_ends_the_wait() -> None:
    patience = Patience()
    for now in range(300):
        assert patience.verdict(seen(crashed(1, 1)), now=now) is None


def test_symptoms_never_end_it() -> None:
    patience, bad = Patience(), seen({"name": "a", "ready": False, "state": {"running": {}}})
    assert patience.verdict(bad, now=0) is None
    assert patience.verdict(bad, now=10_000) is None
    assert patience.soonest(bad, now=0) is None
