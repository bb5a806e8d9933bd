"""Sequences of statuses as a cluster shows them, and what must be said at each step."""

from typing import Any

import pytest

from scripts.analyzers.deployments import all_pods, deployment_verdict, newest_pods, newest_replica_set
from scripts.analyzers.verdict import State
from scripts.analyzers.workloads import daemon_set_verdict, job_verdict, stateful_set_verdict
from tests.tool.world.objects import complete, condition, deployment, pod, replica_set

Thing = dict[str, Any]
Step = tuple[Thing, State]

P, C, F, W, H = State.PROGRESSING, State.COMPLETE, State.FAILED, State.PENDING, State.PAUSED


def counts(replicas: int, updated: int, available: int, **more: Any) -> Thing:
    return {"replicas": replicas, "updatedReplicas": updated, "availableReplicas": available, **more}


DEADLINE = [condition("Progressing", "False", "ProgressDeadlineExceeded", "web has timed out progressing")]
MOVING = [condition("Progressing", "True", "ReplicaSetUpdated")]
AVAILABLE = [condition("Available", "True", "MinimumReplicasAvailable")]
QUOTA = [condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota: small")]

DEPLOYMENTS: dict[str, list[Step]] = {
    "first install": [({}, P), (counts(2, 2, 0), P), (counts(2, 2, 1), P), (counts(2, 2, 2), C)],
    "not seen by the controller yet": [({"observedGeneration": 0}, W), (complete(), C)],
    "status of the generation before looks complete": [({"generation": 3, "observedGeneration": 2, **complete()}, W)],
    "deadline of the generation before is not read": [
        ({"generation": 2, "observedGeneration": 1, "conditions": DEADLINE}, W),
        ({"generation": 2, "conditions": MOVING, **counts(3, 1, 2)}, P),
    ],
    "quota of the generation before is not read": [
        ({"generation": 2, "observedGeneration": 1, "conditions": QUOTA}, W),
        ({"generation": 2, **complete()}, C),
    ],
    "middle of a surge: as many ready as wanted": [(counts(3, 1, 3, readyReplicas=3), P)],
    "ready equals replicas while one is old": [(counts(2, 1, 2, readyReplicas=2), P)],
    "surge, maxUnavailable 0": [
        (counts(2, 0, 2), P),
        (counts(3, 1, 2), P),
        (counts(3, 1, 3), P),
        (counts(3, 2, 2), P),
        (counts(3, 2, 3), P),
        (counts(2, 2, 2), C),
    ],
    "no surge, maxUnavailable 1": [(counts(2, 0, 1), P), (counts(2, 1, 1), P), (counts(2, 2, 1), P), (complete(), C)],
    "old pods stay": [(counts(3, 2, 3), P), (counts(3, 2, 3), P)],
    "minReadySeconds: ready and not available": [(counts(2, 2, 0, readyReplicas=2), P), (complete(), C)],
    "a pod dies after the rollout": [(complete(), C), (counts(2, 2, 1), P), (complete(), C)],
    "paused in the middle": [({"paused": True, **counts(3, 1, 3)}, H), (counts(3, 1, 3), P)],
    "paused and complete": [({"paused": True, **complete()}, H)],
    "paused before its deadline condition counts": [({"paused": True, "conditions": DEADLINE}, H)],
    "paused, and not seen yet": [({"paused": True, "observedGeneration": 0}, W)],
    "deadline exceeded": [({"conditions": DEADLINE, **counts(3, 1, 2)}, F)],
    "deadline exceeded though the old pods serve": [({"conditions": [*AVAILABLE, *DEADLINE], **counts(3, 1, 2)}, F)],
    "progress false for another reason": [
        ({"conditions": [condition("Progressing", "False", "FailedCreate")], **counts(2, 1, 1)}, P)
    ],
    "deadline, then it goes on": [
        ({"conditions": DEADLINE, **counts(2, 1, 1)}, F),
        ({"conditions": MOVING, **complete()}, C),
    ],
    "quota": [({"conditions": QUOTA, **counts(2, 0, 2)}, F)],
    "quota lifted": [
        ({"conditions": QUOTA}, F),
        ({"conditions": [condition("ReplicaFailure", "False")], **complete()}, C),
    ],
    "quota is told before the deadline": [({"conditions": [*MOVING, *QUOTA], **counts(3, 1, 2)}, F)],
    "scaled to zero": [({"replicas_wanted": 0, **counts(1, 1, 1)}, C), ({"replicas_wanted": 0}, C)],
    "replicas left out means one": [({"replicas_wanted": None, **counts(1, 1, 1)}, C)],
    "scaled up": [({"replicas_wanted": 4, **counts(2, 2, 2)}, P), ({"replicas_wanted": 4, **counts(4, 4, 3)}, P)],
    "scaled down": [({"replicas_wanted": 1, **counts(2, 2, 2)}, C), ({"replicas_wanted": 1, **counts(1, 1, 1)}, C)],
    "scaled by the autoscaler during the rollout": [
        (counts(3, 1, 2), P),
        ({"replicas_wanted": 4, **counts(5, 2, 4)}, P),
        ({"replicas_wanted": 4, **counts(4, 4, 4)}, C),
    ],
    "Recreate: nothing runs in between": [
        (counts(2, 0, 0), P),
        (counts(0, 0, 0), P),
        (counts(2, 2, 0), P),
        (complete(), C),
    ],
    "rolled back in the middle": [
        ({"generation": 2, **counts(3, 1, 2)}, P),
        ({"generation": 3, "observedGeneration": 2, **counts(3, 1, 2)}, W),
        ({"generation": 3, **counts(3, 2, 2)}, P),
        ({"generation": 3, **complete()}, C),
    ],
    "status empty, controller down": [({"observedGeneration": 0}, W), ({"observedGeneration": 0}, W)],
    "observed later than wanted": [({"generation": 2, "observedGeneration": 3, **complete()}, C)],
    "unavailable replicas are told and nothing else": [({"unavailableReplicas": 2, **counts(2, 2, 0)}, P)],
}


def deployment_of(step: Thing) -> Thing:
    status = dict(step)
    wanted = status.pop("replicas_wanted", 2)
    made = deployment(generation=status.pop("generation", 1), paused=status.pop("paused", None), replicas=wanted)
    made["status"].update(status)
    return made


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_deployment_sequence(name: str) -> None:
    said = [deployment_verdict(deployment_of(step)).state for step, _ in DEPLOYMENTS[name]]
    assert said == [expected for _, expected in DEPLOYMENTS[name]]


def stateful(wanted: int = 2, partition: int = 0, kind: str = "RollingUpdate", **status: Any) -> Thing:
    strategy = {"type": kind, "rollingUpdate": {"partition": partition}}
    return {
        "metadata": {"generation": status.pop("generation", 1)},
        "spec": {"replicas": wanted, "updateStrategy": strategy},
        "status": {"observedGeneration": 1, **status},
    }


STATEFUL_SETS: dict[str, list[tuple[Thing, State]]] = {
    "first start": [(stateful(), P), (stateful(updatedReplicas=1, readyReplicas=1), P)],
    "all ready": [(stateful(updatedReplicas=2, readyReplicas=2), C)],
    "not seen": [(stateful(generation=2, updatedReplicas=2, readyReplicas=2), W)],
    "new revision under way": [
        (stateful(updatedReplicas=1, readyReplicas=2, currentRevision="a", updateRevision="b"), P),
        (stateful(updatedReplicas=2, readyReplicas=1, currentRevision="a", updateRevision="b"), P),
        (stateful(updatedReplicas=2, readyReplicas=2, currentRevision="a", updateRevision="b"), P),
        (stateful(updatedReplicas=2, readyReplicas=2, currentRevision="b", updateRevision="b"), C),
    ],
    "partition keeps one": [
        (stateful(partition=1, updatedReplicas=1, readyReplicas=2, currentRevision="a", updateRevision="b"), C)
    ],
    "partition above replicas": [(stateful(partition=5, updatedReplicas=0, readyReplicas=2), C)],
    "on delete": [
        (stateful(kind="OnDelete", updatedReplicas=0, readyReplicas=2, currentRevision="a", updateRevision="b"), C)
    ],
}


@pytest.mark.parametrize("name", STATEFUL_SETS)
def test_stateful_set_sequence(name: str) -> None:
    assert [stateful_set_verdict(step).state for step, _ in STATEFUL_SETS[name]] == [s for _, s in STATEFUL_SETS[name]]


def daemon(wanted: int, updated: int, available: int, generation: int = 1) -> Thing:
    status = {"desiredNumberScheduled": wanted, "updatedNumberScheduled": updated, "numberAvailable": available}
    return {"metadata": {"generation": generation}, "status": {"observedGeneration": 1, **status}}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (daemon(3, 1, 3), P),
        (daemon(3, 3, 2), P),
        (daemon(3, 3, 3), C),
        (daemon(0, 0, 0), C),
        (daemon(3, 3, 3, generation=2), W),
    ],
)
def test_daemon_set(step: Thing, expected: State) -> None:
    assert daemon_set_verdict(step).state is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, P),
        ({"active": 1}, P),
        ({"active": 1, "failed": 2}, P),
        ({"conditions": [condition("Complete", "True")]}, C),
        ({"conditions": [condition("SuccessCriteriaMet", "True")]}, C),
        ({"conditions": [condition("Failed", "True", "BackoffLimitExceeded")]}, F),
        ({"conditions": [condition("FailureTarget", "True", "PodFailurePolicy")]}, F),
        ({"conditions": [condition("Failed", "False"), condition("Complete", "False")]}, P),
        ({"conditions": [condition("Suspended", "True")]}, H),
    ],
)
def test_job(status: Thing, expected: State) -> None:
    suspended = expected is H
    assert job_verdict({"metadata": {}, "spec": {"suspend": suspended}, "status": status}).state is expected


def test_complete_is_settled_only_when_no_pod_ends() -> None:
    done = deployment(**complete())
    ending, staying = pod("old", uid="p0", owner="r0", deleted=True), pod()
    assert deployment_verdict(done, [ending, staying], settle=True).state is State.SETTLING
    assert deployment_verdict(done, [staying], settle=True).state is State.COMPLETE
    assert deployment_verdict(done, [ending], settle=False).state is State.COMPLETE


def test_terminating_replicas_of_the_status_count_as_not_settled() -> None:
    assert deployment_verdict(deployment(terminatingReplicas=1, **complete()), [], settle=True).state is State.SETTLING


def test_newest_replica_set_is_the_one_of_the_current_revision() -> None:
    web = deployment(revision="2")
    old, new = replica_set("web-1", uid="r1"), replica_set("web-2", uid="r2", revision="2")
    stranger = replica_set("other", uid="r3", owner="d9", revision="2")
    assert newest_replica_set(web, [old, stranger, new]) is new


def test_pods_of_the_old_revision_say_nothing_about_the_rollout() -> None:
    web = deployment(revision="2")
    sets = [replica_set("web-1", uid="r1"), replica_set("web-2", uid="r2", revision="2")]
    pods = [pod("a", owner="r1"), pod("b", uid="p2", owner="r2"), pod("c", uid="p3", owner="r2", deleted=True)]
    assert [p["metadata"]["name"] for p in newest_pods(web, sets, pods)] == ["b"]
    assert [p["metadata"]["name"] for p in all_pods(web, sets, pods)] == ["a", "b", "c"]


def test_verdict_carries_what_it_was_read_from() -> None:
    said = deployment_verdict(deployment(generation=7, **complete()))
    assert (said.generation, said.resource_version) == (7, "1")


def test_table_is_large_enough() -> None:
    assert sum(len(steps) for steps in (*DEPLOYMENTS.values(), *STATEFUL_SETS.values())) >= 40
