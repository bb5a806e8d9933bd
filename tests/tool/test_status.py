"""`slipway status`: everything that is not well has a line of its own, and the exit code is 1."""

import pytest

from tests.tool.world.objects import APPS, CORE, complete
from tests.tool.world.world import Runner, World


def test_status_of_a_healthy_release(world: World, slipway: Runner) -> None:
    slipway.up()
    world.forget()
    ran = slipway("status")
    assert ran.code == 0, ran.out
    assert world.changes() == []
    for words in (
        "Deployment/slipway",
        "StatefulSet/postgres",
        "revision 1, deployed",
        f"http://127.0.0.1:{world.port}",
    ):
        assert words in ran.out


def test_status_for_machines(slipway: Runner) -> None:
    slipway.up()
    ran = slipway("status", "--json")
    assert ran.result["data"]["well"] is True
    assert {row["area"] for row in ran.result["data"]["rows"]} == {"cluster", "dependency", "release", "address"}


def test_status_without_a_cluster_ends_with_1(slipway: Runner) -> None:
    ran = slipway("status")
    assert ran.code == 1
    assert "There is no cluster called slipway. Make it first: slipway up." in ran.out


def test_status_without_a_release_ends_with_1(world: World, slipway: Runner) -> None:
    slipway.up()
    world.inside.helm(["uninstall"], {})
    ran = slipway("status")
    assert ran.code == 1
    assert "it is not installed" in ran.out


def test_status_shows_pods_with_their_restarts_and_what_is_wrong(world: World, slipway: Runner) -> None:
    slipway.up()
    labels = {"app.kubernetes.io/instance": "slipway"}
    waiting = {"name": "slipway", "state": {"waiting": {"reason": "ImagePullBackOff"}}, "restartCount": 4}
    world.api.put(
        "/api/v1/pods",
        {
            "metadata": {"name": "slipway-a", "namespace": "slipway", "labels": labels},
            "spec": {"nodeName": "n1", "containers": [{"image": "slipway:1"}]},
            "status": {"phase": "Pending", "containerStatuses": [waiting]},
        },
    )
    ran = slipway("status")
    assert ran.code == 1
    assert "not ready: ImagePullBackOff, slipway:1 on n1, 4 restarts" in ran.out


def test_status_shows_the_autoscaler(world: World, slipway: Runner) -> None:
    slipway.up()
    hpa = {
        "metadata": {"name": "slipway", "namespace": "slipway"},
        "spec": {"minReplicas": 2, "maxReplicas": 4},
        "status": {
            "currentReplicas": 2,
            "desiredReplicas": 3,
            "conditions": [{"type": "ScalingActive", "status": "False", "message": "no metrics"}],
        },
    }
    world.api.put("/apis/autoscaling/v2/horizontalpodautoscalers", hpa)
    ran = slipway("status", "--json")
    (row,) = [row for row in ran.result["data"]["rows"] if row["area"] == "autoscaler"]
    assert (row["health"], row["seen"]) == ("warn", "2 replicas, 3 wanted, 2 to 4; no metrics")
    assert ran.code == 0


def test_status_says_when_the_address_is_not_ready(world: World, slipway: Runner) -> None:
    slipway.up()
    world.machine.answer = 503
    ran = slipway("status")
    assert ran.code == 1
    assert "/health/ready says 503" in ran.out


def test_status_names_the_dependency_that_is_not_there(world: World, slipway: Runner) -> None:
    slipway.up()
    world.api.remove(f"{APPS}/statefulsets", "slipway", "postgres")
    ran = slipway("status", "--json")
    assert ran.code == 1
    assert ran.result["data"]["well"] is False
    bad = [(row["area"], row["name"], row["seen"]) for row in ran.result["data"]["rows"] if row["health"] == "fail"]
    assert bad == [("dependency", "StatefulSet/postgres", "it does not exist")]


def test_status_names_the_node_that_is_not_ready(world: World, slipway: Runner) -> None:
    slipway.up()
    thing = world.api.get(f"{CORE}/nodes/slipway-control-plane")
    assert thing
    world.api.set_status(f"{CORE}/nodes", "", "slipway-control-plane", {"conditions": []})
    ran = slipway("status")
    assert ran.code == 1
    assert "not Ready: slipway-control-plane" in ran.out


@pytest.mark.parametrize(("available", "health", "code"), [(2, "ok", 0), (1, "warn", 0)])
def test_rollout_under_way_is_a_warning(world: World, slipway: Runner, available: int, health: str, code: int) -> None:
    slipway.up()
    status = {"observedGeneration": 1, **complete(2), "availableReplicas": available}
    world.api.set_status(f"{APPS}/deployments", "slipway", "slipway", status)
    ran = slipway("status", "--json")
    rows = {row["name"]: row["health"] for row in ran.result["data"]["rows"] if row["area"] == "release"}
    assert rows["Deployment/slipway"] == health
    assert ran.code == code


def test_status_changes_nothing_not_even_a_folder(world: World, slipway: Runner) -> None:
    slipway("status")
    assert world.changes() == []
    assert not world.state.exists()
