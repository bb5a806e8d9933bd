"""Docker or the API goes away in the middle of a run, or a program never ends: exit 10, and a sentence that says so."""

import functools

import pytest

from scripts.core.mirror import Mirror
from tests.tool.world.cluster import stays
from tests.tool.world.machine import Answer
from tests.tool.world.world import Runner, World


def test_api_that_goes_away_ends_with_10(world: World, slipway: Runner) -> None:
    world.before["kind load"] = lambda: setattr(world.api, "down", True)
    ran = slipway.up()
    assert ran.code == 10
    assert "503" in ran.err


def test_api_whose_server_is_gone_ends_with_10(world: World, slipway: Runner) -> None:
    world.before["kind load"] = world.api.close
    ran = slipway.up()
    assert ran.code == 10
    assert "The Kubernetes API does not answer" in ran.err


def test_api_that_goes_away_while_pods_are_waited_for_ends_with_10(
    world: World, slipway: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.phases.wait.Mirror", functools.partial(Mirror, patience=0.2))
    monkeypatch.setattr("scripts.core.mirror.RECONNECT_SECONDS", 0.05)
    world.inside.rollout = stays({"replicas": 2, "updatedReplicas": 1})
    world.before["helm upgrade"] = lambda: setattr(world.api, "on_list", fall)

    def fall(collection: str) -> None:
        world.api.down = world.api.down or collection == "/apis/apps/v1/replicasets"

    ran = slipway.up()
    assert ran.code == 10
    assert "503" in ran.err


@pytest.mark.parametrize(
    ("command", "says", "told"),
    [
        ("helm upgrade", "Error: Kubernetes cluster unreachable: connection refused", "no longer answers helm"),
        ("kubectl apply", "The connection to the server 127.0.0.1:1 was refused", "no longer answers kubectl"),
    ],
)
def test_program_that_finds_no_api_was_not_refused(
    world: World, slipway: Runner, command: str, says: str, told: str
) -> None:
    world.before[command] = lambda: setattr(world.api, "down", True)
    world.faults[command] = Answer(1, "", f"{says}\n")
    ran = slipway.up()
    assert ran.code == 10
    assert told in ran.err.splitlines()[0]
    assert says in ran.err.splitlines()[0]


def test_docker_that_goes_away_ends_with_10(world: World, slipway: Runner) -> None:
    world.faults["docker exec"] = Answer(1, "", "Error response from daemon: EOF\n")
    ran = slipway.up()
    assert ran.code == 10
    assert "Error response from daemon: EOF" in ran.err


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("kind create", 4, "kind could not create the cluster slipway: did not end within 600 s."),
        ("docker build", 5, ": did not end within 1200 s."),
        ("kind load", 5, ": did not end within 300 s."),
        ("kubectl apply", 10, "`kubectl apply --server-side` did not end within 120 s."),
        ("helm upgrade", 10, "`helm upgrade --install` did not end within 330 s."),
    ],
)
def test_program_that_never_ends_is_told_with_its_time(
    world: World, slipway: Runner, command: str, code: int, told: str
) -> None:
    world.hangs.add(command)
    ran = slipway.up()
    assert ran.code == code
    assert ran.err.splitlines()[0].endswith(told)
