"""A release is complete only with the replicas that its autoscaler gives it at the least."""

import threading
from typing import Any

import pytest

from scripts.analyzers.autoscalers import least_replicas
from scripts.analyzers.deployments import deployment_verdict
from scripts.analyzers.verdict import State
from tests.tool.world.api import FakeApi
from tests.tool.world.cluster import done
from tests.tool.world.objects import APPS, complete, deployment
from tests.tool.world.world import Runner, World

Thing = dict[str, Any]
AUTOSCALERS = "/apis/autoscaling/v2/horizontalpodautoscalers"
DEPLOYMENTS = f"{APPS}/deployments"


def autoscaler(target: str = "slipway", *, least: int | None = 2, kind: str = "Deployment") -> Thing:
    spec: Thing = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": target}, "maxReplicas": 4}
    if least is not None:
        spec["minReplicas"] = least
    labels = {"app.kubernetes.io/instance": "slipway"}
    return {"metadata": {"name": target, "namespace": "slipway", "labels": labels}, "spec": spec}


@pytest.mark.parametrize(
    ("things", "least"),
    [
        ([], 0),
        ([autoscaler(least=3)], 3),
        ([autoscaler(least=None)], 1),
        ([autoscaler("other", least=3)], 0),
        ([autoscaler(kind="StatefulSet", least=3)], 0),
        ([autoscaler("other", least=5), autoscaler(least=2)], 2),
    ],
)
def test_least_replicas_are_those_of_the_autoscaler_that_targets_it(things: list[Thing], least: int) -> None:
    assert least_replicas(things, "slipway") == least


@pytest.mark.parametrize(
    ("replicas", "least", "state"),
    [
        (1, 2, State.PROGRESSING),
        (None, 2, State.PROGRESSING),
        (2, 2, State.COMPLETE),
        (4, 2, State.COMPLETE),
        (0, 2, State.COMPLETE),
        (1, 0, State.COMPLETE),
    ],
)
def test_deployment_below_its_autoscaler_is_not_complete(replicas: int | None, least: int, state: State) -> None:
    made = deployment(replicas=replicas)
    made["status"] |= complete(1 if replicas is None else replicas)
    assert deployment_verdict(made, least=least).state is state


def test_generation_that_nobody_has_seen_comes_first() -> None:
    unseen = deployment(replicas=1, generation=2)
    unseen["status"] |= {"observedGeneration": 1, **complete(1)}
    assert deployment_verdict(unseen, least=2).state is State.PENDING


def installs_one(api: FakeApi, collection: str, thing: Thing) -> None:
    """The chart leaves the number to the autoscaler, so the API makes it one."""
    if collection == DEPLOYMENTS and thing["metadata"]["name"] == "slipway" and thing["spec"]["replicas"] == 2:
        api.put(collection, {**thing, "spec": {**thing["spec"], "replicas": 1}})
    else:
        done(api, collection, thing)


def scale(world: World, replicas: int) -> Thing:
    """What the autoscaler writes; the controllers have not looked at it yet."""
    thing = world.api.get("/apis/apps/v1/namespaces/slipway/deployments/slipway")
    assert thing
    world.inside.rollout = lambda *_: None
    return world.api.put(DEPLOYMENTS, {**thing, "spec": {**thing["spec"], "replicas": replicas}})


def test_first_install_waits_for_the_autoscaler_and_for_its_pods(world: World, slipway: Runner) -> None:
    world.inside.rollout = installs_one
    world.before["helm upgrade"] = lambda: world.api.put(AUTOSCALERS, autoscaler())
    looked = threading.Event()

    def look(collection: str) -> None:
        # The wait for this release has begun: nothing else lists the ReplicaSets of the finished world.
        if collection == f"{APPS}/replicasets" and not looked.is_set():
            looked.set()
            generation = scale(world, 2)["metadata"]["generation"]
            status = {"observedGeneration": generation, **complete(2)}
            threading.Timer(0.2, world.api.set_status, (DEPLOYMENTS, "slipway", "slipway", status)).start()

    world.api.on_list = look
    ran = slipway.up("--timeout", "20", "--json")
    assert ran.code == 0, ran.err
    assert looked.is_set()
    (seconds,) = [phase["seconds"] for phase in ran.result["data"]["phases"] if phase["phase"] == "release"]
    assert seconds >= 0.2, "it did not wait for the pods that the autoscaler asked for"


def test_autoscaler_that_never_looks_is_told_at_the_deadline(world: World, slipway: Runner) -> None:
    world.inside.rollout = installs_one
    world.before["helm upgrade"] = lambda: world.api.put(AUTOSCALERS, autoscaler())
    ran = slipway.up("--timeout", "1")
    assert ran.code == 8
    assert "Deployment/slipway: 1 of at least 2 pods are asked for: its autoscaler has not looked yet" in ran.err


def test_replicas_that_the_autoscaler_asked_for_must_be_available(world: World, slipway: Runner) -> None:
    slipway.up()
    world.api.put(AUTOSCALERS, autoscaler(least=3))
    generation = scale(world, 3)["metadata"]["generation"]
    world.api.set_status(
        DEPLOYMENTS,
        "slipway",
        "slipway",
        {"observedGeneration": generation, **complete(3), "availableReplicas": 2},
    )
    ran = slipway("deploy", "--timeout", "1")
    assert ran.code == 8
    assert "2 of 3 new pods are available" in ran.err


def test_status_warns_while_the_autoscaler_has_not_looked(world: World, slipway: Runner) -> None:
    slipway.up()
    world.api.put(AUTOSCALERS, autoscaler(least=3))
    ran = slipway("status", "--json")
    (row,) = [r for r in ran.result["data"]["rows"] if r["area"] == "release" and r["name"] == "Deployment/slipway"]
    assert row["health"] == "warn"
    assert row["seen"].startswith("2 of at least 3 pods")


def test_autoscaler_of_another_release_does_not_count(world: World, slipway: Runner) -> None:
    slipway.up()
    other = autoscaler(least=9)
    other["metadata"]["labels"] = {"app.kubernetes.io/instance": "other"}
    world.api.put(AUTOSCALERS, other)
    assert slipway.up("--timeout", "2").code == 0
