"""`slipway down`: everything of ours is removed, nothing of others, and what stays is named."""

import pytest

from tests.tool.world.machine import Answer
from tests.tool.world.world import Runner, World


def test_down_removes_everything_and_says_what(world: World, slipway: Runner) -> None:
    slipway.up()
    ran = slipway("down", "--json")
    assert ran.code == 0
    assert world.machine.containers == []
    assert set(world.machine.networks) == {"bridge"}
    assert not (world.project / ".slipway").exists()
    assert not [image for image in world.machine.images if image.startswith("slipway:")]
    assert [name.split(":")[0] for name in ran.result["data"]["removed"]] == [
        "container slipway-control-plane",
        "network slipway",
        "image slipway",
        "state folder",
    ]


def test_down_on_a_clean_machine_says_so(world: World, slipway: Runner) -> None:
    ran = slipway("down")
    assert ran.code == 0
    assert "there is nothing of ours on this machine" in ran.out
    assert world.changes() == []


def test_down_keeps_the_images_when_asked(world: World, slipway: Runner) -> None:
    slipway.up()
    slipway("down", "--keep-images")
    assert [image for image in world.machine.images if image.startswith("slipway:")]


def test_down_leaves_the_images_of_others(world: World, slipway: Runner) -> None:
    slipway.up()
    slipway("down")
    assert "postgres:17" in world.machine.images


def test_down_leaves_a_network_to_those_who_use_it(world: World, slipway: Runner) -> None:
    slipway.up()
    world.machine.networks["slipway"]["Containers"] = {"x": {"Name": "guest"}}
    ran = slipway("down")
    assert ran.code == 0
    assert "its network is left to guest" in ran.out
    assert "slipway" in world.machine.networks


def test_down_names_a_network_that_cannot_be_removed(world: World, slipway: Runner) -> None:
    slipway.up()
    world.faults["docker network rm"] = Answer(1, "", "Error response from daemon: it is busy\n")
    ran = slipway("down")
    assert ran.code == 9
    assert "network slipway" in ran.err


def test_down_does_not_touch_a_network_it_did_not_make(world: World, slipway: Runner) -> None:
    world.machine.networks["slipway"] = {"Labels": {}, "Options": {}}
    slipway.up()
    assert slipway("down").code == 0
    assert "slipway" in world.machine.networks


def test_down_names_what_stays(world: World, slipway: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.phases.removal.SECONDS", 0.2)
    slipway.up()
    world.faults["kind delete"] = Answer()
    ran = slipway("down")
    assert ran.code == 9
    assert "container slipway-control-plane" in ran.err


def test_down_refuses_a_cluster_that_slipway_did_not_make(world: World, slipway: Runner) -> None:
    world.machine.add_cluster("slipway", {"nodes": [{"role": "control-plane"}]})
    ran = slipway("down")
    assert ran.code == 2
    assert "was not made by slipway" in ran.err
    assert world.changes() == []


def test_down_removes_the_cluster_of_another_checkout(world: World, slipway: Runner) -> None:
    slipway.up()
    for path in world.state.iterdir():
        path.unlink()
    world.state.rmdir()
    assert slipway("down").code == 0
    assert world.machine.containers == []


def test_down_leaves_other_clusters(world: World, slipway: Runner) -> None:
    world.machine.add_cluster("other", {"nodes": [{"role": "control-plane"}]})
    slipway.up()
    slipway("down")
    assert [container.cluster for container in world.machine.containers] == ["other"]


def test_up_after_down_is_as_the_first_time(slipway: Runner) -> None:
    slipway.up()
    slipway("down")
    assert slipway.up().code == 0


def test_down_removes_what_was_left_to_others_once_they_are_gone(world: World, slipway: Runner) -> None:
    slipway.up()
    world.machine.networks["slipway"]["Containers"] = {"x": {"Name": "guest"}}
    first = slipway("down", "--json")
    assert "network slipway" not in first.result["data"]["removed"]
    world.machine.networks["slipway"]["Containers"] = {}
    second = slipway("down", "--json")
    assert second.result["data"]["removed"] == ["network slipway"]
    assert "slipway" not in world.machine.networks


def test_down_that_removes_nothing_twice_does_not_say_changed(world: World, slipway: Runner) -> None:
    slipway.up()
    world.machine.networks["slipway"]["Containers"] = {"x": {"Name": "guest"}}
    slipway("down")
    ran = slipway("down", "--json")
    assert ran.code == 0
    assert [phase["status"] for phase in ran.result["data"]["phases"]] == ["unchanged"]


def test_image_that_docker_keeps_ends_with_9_and_says_why(world: World, slipway: Runner) -> None:
    slipway.up()
    world.faults["docker image rm"] = Answer(1, "", "Error response from daemon: image is being used\n")
    ran = slipway("down")
    assert ran.code == 9
    assert "docker keeps an image: Error response from daemon: image is being used" in ran.out
    assert "image slipway:" in ran.err
