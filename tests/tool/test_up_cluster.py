import json
from datetime import UTC, datetime, timedelta

import yaml

from tests.tool.world.machine import Answer, Container
from tests.tool.world.world import Runner, World

OLD = datetime.now(UTC) - timedelta(hours=1)


def half_made(world: World) -> Container:
    container = Container("slipway-control-plane", "slipway", admin_conf=False)
    world.machine.containers.append(container)
    return container


def test_half_made_cluster_is_replaced_and_said(world: World, slipway: Runner) -> None:
    half_made(world)
    ran = slipway.up()
    assert ran.code == 0, ran.err
    assert [line.split(" --")[0] for line in world.lines("kind")][:4].count("kind version") == 1
    order = [line.split()[1] for line in world.lines("kind ") if line.split()[1] in {"delete", "create"}]
    assert order == ["delete", "create"]
    assert "it is replaced: its control plane has no admin.conf" in ran.out


def test_young_half_made_cluster_of_somebody_else_is_left_alone(world: World, slipway: Runner) -> None:
    half_made(world).created = datetime.now(UTC)
    ran = slipway.up()
    assert ran.code == 4
    assert "Another run seems to be creating" in ran.err
    assert world.changes() == []


def test_cluster_that_this_checkout_did_not_finish_is_replaced(world: World, slipway: Runner) -> None:
    half_made(world).created = datetime.now(UTC)
    world.state.mkdir(parents=True)
    (world.state / "cluster.json").write_text(json.dumps({"state": "creating"}))
    assert slipway.up().code == 0
    assert len(world.lines("kind create")) == 1


def test_stopped_nodes_are_started(world: World, slipway: Runner) -> None:
    slipway.up("--nodes", "three")
    world.machine.containers[1].state = "exited"
    world.machine.containers[2].state = "paused"
    world.forget()
    ran = slipway.up("--nodes", "three", "--json")
    assert ran.code == 0
    assert world.changes() == ["docker unpause slipway-worker2", "docker start slipway-worker"]
    assert [p["status"] for p in ran.result["data"]["phases"] if p["phase"] == "cluster"] == ["changed"]


def test_node_container_that_is_gone_makes_a_new_cluster(world: World, slipway: Runner) -> None:
    slipway.up("--nodes", "three")
    gone = world.machine.containers.pop()
    for container in world.machine.containers:
        container.created = OLD
    ran = slipway.up("--nodes", "three")
    assert ran.code == 0, (ran.err, gone)
    assert "1 of its nodes are gone" in ran.out


def test_other_configuration_is_refused_field_by_field(world: World, slipway: Runner) -> None:
    slipway.up()
    world.forget()
    ran = slipway.up("--node-image", "kindest/node:v1.33.1", "--json")
    assert ran.code == 2
    assert ran.result["data"]["error"]["evidence"] == ["nodes[0].image: (absent) -> kindest/node:v1.33.1"]
    assert world.changes() == []


def test_other_number_of_nodes_is_refused(slipway: Runner) -> None:
    slipway.up()
    ran = slipway.up("--nodes", "three")
    assert ran.code == 2
    assert "nodes[1]: (absent) -> {'role': 'worker'}" in ran.err
    assert "--recreate" in ran.err


def test_recreate_replaces_a_cluster_of_another_configuration(world: World, slipway: Runner) -> None:
    slipway.up()
    ran = slipway.up("--nodes", "three", "--recreate")
    assert ran.code == 0
    assert len(world.machine.containers) == 3


def test_recreate_keeps_a_cluster_of_the_same_configuration(world: World, slipway: Runner) -> None:
    slipway.up()
    world.forget()
    assert slipway.up("--recreate").code == 0
    assert world.changes() == []


def test_cluster_that_slipway_did_not_make_is_refused(world: World, slipway: Runner) -> None:
    world.machine.add_cluster("slipway", {"nodes": [{"role": "control-plane"}]}, OLD)
    world.machine.fill_api("slipway")
    ran = slipway.up()
    assert ran.code == 2
    assert "was not made by slipway" in ran.err
    assert world.changes() == []


def test_stale_kubeconfig_is_fetched_again(world: World, slipway: Runner) -> None:
    slipway.up()
    path = world.state / "kubeconfig"
    config = yaml.safe_load(path.read_text())
    config["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:9"
    path.write_text(yaml.safe_dump(config))
    world.forget()
    assert slipway.up().code == 0
    assert world.changes() == []


def test_failed_creation_takes_everything_back(world: World, slipway: Runner) -> None:
    world.faults["kind create"] = Answer(
        1, "", "Creating cluster ...\nERROR: failed to create cluster: no space left\n"
    )
    world.before["kind create"] = lambda: half_made(world)
    ran = slipway.up()
    assert ran.code == 4
    assert "failed to create cluster: no space left" in ran.err
    assert world.machine.containers == []
    assert "slipway" not in world.machine.networks
    assert not world.state.exists()


def test_nodes_that_never_become_ready_fail_with_their_layer(world: World, slipway: Runner) -> None:
    world.machine.ready = False
    ran = slipway.up("--timeout", "1", "--json")
    assert ran.code == 4
    assert ran.result["data"]["error"]["code"] == "cluster.nodes"
    assert "not Ready: slipway-control-plane" in ran.result["message"]
    assert world.machine.containers == []
