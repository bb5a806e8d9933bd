"""Ctrl-C and SIGTERM in every phase, against `slipway` as a process of its own."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.tool.world.machine import Answer, Container, Thing
from tests.tool.world.world import Runner, World

LIMIT = 15


def up_until(world: World, hang: str, *argv: str) -> subprocess.Popen[str]:
    """`slipway up`, up to the point where the command line that begins with `hang` never ends."""
    world.hangs.add(hang)
    process = world.start("up", "--port", str(world.port), *argv)
    assert world.hanging.wait(30), process.communicate(timeout=5)
    return process


def ended(process: subprocess.Popen[str], number: int) -> tuple[int, str, str]:
    started = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=LIMIT)
    assert time.monotonic() - started < LIMIT
    return process.returncode, out, err


def children_of(world: World) -> list[str]:
    """The fake programs of this world that still run."""
    needle = str(world.root).encode()
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                environment = (process / "environ").read_bytes()
            except OSError:
                continue
            if b"PATH=" + needle in environment:
                found.append(process.name)
    return found


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_while_the_cluster_is_created_deletes_it(world: World, number: int, code: int) -> None:
    half = Container("slipway-control-plane", "slipway", admin_conf=False)
    world.before["kind create"] = lambda: world.machine.containers.append(half)
    process = up_until(world, "kind create")
    assert ended(process, number)[0] == code
    assert world.lines("kind delete cluster --name slipway")
    assert world.machine.containers == []
    assert "slipway" not in world.machine.networks
    assert not (world.project / ".slipway").exists()
    assert children_of(world) == []


def test_container_that_appears_after_the_first_look_is_deleted_too(world: World) -> None:
    process = up_until(world, "kind create")
    looks: list[None] = []
    look = world.machine.docker

    def docker(argv: list[str], _call: Thing) -> Answer:
        answer = look(argv, _call)
        if argv[0] == "ps":
            looks.append(None)
            if len(looks) == 1:  # the daemon finishes what its client, ended since, had asked for
                world.machine.containers.append(Container("slipway-control-plane", "slipway"))
        return answer

    world.machine.docker = docker  # type: ignore[method-assign]
    assert ended(process, signal.SIGINT)[0] == 130
    assert world.machine.containers == []
    assert len(looks) >= 3


@pytest.mark.parametrize("hang", ["docker info", "docker build", "kind load", "kubectl apply", "helm upgrade"])
def test_signal_in_any_other_phase_leaves_the_cluster_and_no_program(world: World, hang: str) -> None:
    process = up_until(world, hang)
    code, out, err = ended(process, signal.SIGINT)
    assert code == 130, err
    assert "interrupted by SIGINT" in out
    assert children_of(world) == []
    assert not world.lines("kind delete")


def test_next_up_goes_on_after_an_interrupted_helm(world: World, slipway: Runner) -> None:
    world.before["helm upgrade"] = lambda: world.inside.revision(1, "pending-install")
    assert ended(up_until(world, "helm upgrade"), signal.SIGINT)[0] == 130
    world.hangs.clear()
    world.before.clear()
    ran = slipway.up()
    assert ran.code == 0, ran.err
    assert "revision 1 was pending-install: an earlier helm was interrupted; uninstalled" in ran.out
    assert "it is replaced" not in ran.out


def test_signal_while_pods_are_waited_for(world: World) -> None:
    world.inside.rollout = lambda *_: None
    process = world.start("up", "--port", str(world.port), "--json")
    assert process.stdout
    for line in process.stdout:
        if '"phase": "dependencies"' in line and "valkey" in line:
            break
    assert ended(process, signal.SIGTERM)[0] == 143


def test_interrupted_run_tells_machines(world: World) -> None:
    process = up_until(world, "docker build", "--json")
    _, out, _ = ended(process, signal.SIGINT)
    assert '"exit_code": 130' in out.splitlines()[-1]


def test_second_signal_ends_at_once(world: World) -> None:
    world.hangs.add("kind delete")
    world.before["kind create"] = lambda: world.machine.containers.append(Container("slipway-control-plane", "slipway"))
    process = up_until(world, "kind create")
    world.hanging.clear()
    process.send_signal(signal.SIGINT)
    assert world.hanging.wait(LIMIT)
    started = time.monotonic()
    assert ended(process, signal.SIGINT)[0] == 130
    assert time.monotonic() - started < LIMIT / 2
    # They were killed, and nobody stayed to wait until the kernel was done with them.
    while children_of(world) and time.monotonic() - started < LIMIT:
        pass
    assert children_of(world) == []


def test_killed_run_is_repaired_by_the_next_up(world: World, slipway: Runner) -> None:
    world.before["kind create"] = lambda: world.machine.containers.append(Container("slipway-control-plane", "slipway"))
    process = up_until(world, "kind create")
    process.kill()
    process.communicate(timeout=LIMIT)
    world.hangs.clear()
    world.before.clear()
    world.machine.containers[0].admin_conf = False
    ran = slipway.up()
    assert ran.code == 0, ran.err
    assert "it is replaced" in ran.out


def test_busy_cluster_ends_with_3(world: World, slipway: Runner) -> None:
    world.hangs.add("kind create")
    with world.start("up", "--port", str(world.port)) as other:
        assert world.hanging.wait(30)
        ran = slipway("down")
        other.terminate()
        other.communicate(timeout=30)
    assert ran.code == 3
    assert f"process {other.pid} (slipway up)" in ran.err
