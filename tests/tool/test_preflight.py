import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.analyzers.preflight import GIB, Facts, preflight_checks
from scripts.analyzers.versions import Version
from scripts.phases.facts import memory_available
from scripts.phases.ports import holder_of, is_free
from tests.tool.world.machine import Answer
from tests.tool.world.world import PROGRAMS, Runner, World

GOOD = Facts(
    cluster="slipway",
    nodes=1,
    docker={"Server": {"Version": "28.2.2", "ApiVersion": "1.50"}},
    info={"CgroupVersion": "2"},
    tools={"kind": "kind v0.33.0 go1.26", "helm": "v4.3.1", "kubectl": "v1.34.4"},
    port=8080,
    memory=8 * GIB,
    disk=50 * GIB,
    inotify={"max_user_watches": 524288, "max_user_instances": 512},
    kubernetes=Version(1, 34, 4),
)


def told(**changes: Any) -> dict[str, tuple[str, str]]:
    """The checks that did not pass."""
    checks = preflight_checks(replace(GOOD, **changes))
    return {check.id: (check.status, f"{check.evidence} {check.fix}") for check in checks if check.status != "pass"}


def tools(**changes: str) -> dict[str, str]:
    return {**GOOD.tools, **changes}


def test_good_machine_passes_every_check() -> None:
    assert told() == {}
    assert len(preflight_checks(GOOD)) == 10


@pytest.mark.parametrize(
    ("changes", "check", "status", "words"),
    [
        ({"cluster": "Bad_Name"}, "name", "fail", ("'Bad_Name'", "--cluster")),
        ({"docker": "!The program `docker` is not on PATH."}, "docker.version", "fail", ("not installed", "Install")),
        ({"docker": "!Cannot connect to the daemon."}, "docker.version", "fail", ("Cannot connect", "systemctl")),
        ({"docker": {"Server": {"Version": "19", "ApiVersion": "1.40"}}}, "docker.version", "fail", ("1.40", "1.41")),
        ({"docker": {"Server": None}}, "docker.version", "fail", ("unknown", "Upgrade")),
        ({"tools": tools(kind="!The program `kind` is not on PATH.")}, "tools.kind", "fail", ("kind", "Install")),
        ({"tools": tools(kind="kind v0.26.0")}, "tools.kind", "fail", ("0.26.0 is too old", "0.27.0", "Upgrade")),
        ({"tools": tools(kind="strange")}, "tools.kind", "fail", ("'strange'",)),
        ({"tools": tools(helm="v3.16.4")}, "tools.helm", "fail", ("3.16.4", "3.17.0")),
        ({"tools": tools(kubectl="v1.31.0")}, "tools.kubectl", "warn", ("1.31.0", "1.34.4", "Use kubectl 1.34")),
        ({"tools": {}}, "tools.helm", "fail", ("not asked",)),
        ({"info": {"CgroupVersion": "1"}, "kubernetes": Version(1, 35)}, "docker.cgroup", "warn", ("failCgroupV1",)),
        (
            {"info": {"CgroupVersion": "1", "SecurityOptions": ["name=rootless"]}},
            "docker.rootless",
            "fail",
            ("rootless", "cgroup v2"),
        ),
        ({"port_owner": "nginx (process 42)"}, "net.port", "fail", ("8080", "nginx (process 42)", "--port")),
        ({"memory": GIB}, "host.memory", "fail", ("1.0 GiB", "2 GiB")),
        ({"memory": 3 * GIB, "nodes": 3}, "host.memory", "fail", ("3.0 GiB", "4 GiB")),
        ({"disk": 2 * GIB}, "host.disk", "fail", ("2.0 GiB", "4 GiB")),
        ({"disk": 6 * GIB}, "host.disk", "warn", ("6.0 GiB", "docker system df")),
        ({"inotify": {"max_user_instances": 128}}, "host.inotify", "warn", ("128", "max_user_instances=512")),
        ({"inotify": {"max_user_instances": 256}, "nodes": 3}, "host.inotify", "warn", ("256",)),
    ],
)
def test_check_that_does_not_pass_names_value_limit_and_fix(
    changes: dict[str, Any], check: str, status: str, words: tuple[str, ...]
) -> None:
    found = told(**changes)
    assert found[check][0] == status
    for word in words:
        assert word in found[check][1]


@pytest.mark.parametrize("kind", ["kind v0.27.0", "kind v0.33.0-alpha", "kind v1.0.0"])
def test_kind_that_is_new_enough(kind: str) -> None:
    assert "tools.kind" not in told(tools=tools(kind=kind))


@pytest.mark.parametrize("helm", ["v3.17.0", "v3.22.0+g1", "v4.3.1"])
def test_helm_that_is_new_enough(helm: str) -> None:
    assert told(tools=tools(helm=helm)) == {}


def test_room_is_no_question_when_the_cluster_already_runs() -> None:
    assert told(memory=0, disk=0, own_cluster_runs=True) == {}


def test_what_could_not_be_read_is_not_judged() -> None:
    assert told(memory=None, disk=None, inotify={}, info={}, kubernetes=None) == {}


def test_no_docker_ends_with_3_and_one_sentence(world: World, slipway: Runner) -> None:
    (world.root / "bin" / "docker").unlink()
    ran = slipway.up()
    assert ran.code == 3
    assert ran.err.startswith("slipway up: Docker is not installed: no `docker` on PATH.\n  Install Docker Engine")
    assert not world.state.exists()


def test_daemon_that_does_not_answer_ends_with_3(world: World, slipway: Runner) -> None:
    world.faults["docker"] = Answer(1, "", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.\n")
    ran = slipway.up()
    assert ran.code == 3
    assert "Cannot connect to the Docker daemon" in ran.err


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_is_missed(world: World, slipway: Runner, program: str) -> None:
    (world.root / "bin" / program).unlink()
    ran = slipway.up("--json")
    assert ran.code == 3
    assert program in ran.result["data"]["error"]["sentence"].lower()
    assert world.changes() == []


def test_kind_too_old_ends_with_3_and_one_sentence(world: World, slipway: Runner) -> None:
    world.machine.kind_version = "kind v0.20.0 go1.20.4 linux/amd64"
    ran = slipway.up()
    assert ran.code == 3
    assert ran.err.splitlines()[0] == "slipway up: kind 0.20.0 is too old: 0.27.0 or later is needed."
    assert world.changes() == []


def test_taken_port_ends_with_3_and_names_the_process(world: World, slipway: Runner) -> None:
    with socket.create_server(("127.0.0.1", world.port)):
        ran = slipway.up()
    assert ran.code == 3
    name = Path("/proc/self/comm").read_text().strip()
    assert f"Port {world.port} of 127.0.0.1 is taken by {name} (process {os.getpid()})." in ran.err
    assert world.changes() == []


def test_taken_port_names_the_container(world: World, slipway: Runner) -> None:
    world.faults["docker ps --filter publish"] = Answer(output="someones-proxy\n")
    with socket.create_server(("127.0.0.1", world.port)):
        ran = slipway.up()
    assert ran.code == 3
    assert "taken by the container someones-proxy" in ran.err


def test_several_failures_are_all_told(world: World, slipway: Runner) -> None:
    world.machine.kind_version = "kind v0.20.0"
    world.inside.helm_version = "v3.1.0"
    ran = slipway.up("--json")
    assert ran.result["data"]["error"]["code"] == "tools.kind"
    assert "helm 3.1.0 is too old" in ran.result["data"]["error"]["evidence"][0]


def test_bad_cluster_name_ends_with_3(slipway: Runner) -> None:
    ran = slipway.up("--cluster", "No_Good")
    assert ran.code == 3
    assert "'No_Good'" in ran.err


def test_preflight_is_quick(slipway: Runner) -> None:
    slipway.up()
    ran = slipway.up("--json")
    assert ran.result["data"]["phases"][0]["seconds"] < 2


def test_port_of_another_process_is_seen() -> None:
    server = "s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)"
    program = f"import socket, sys; {server}; sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        port = int(other.stdout.readline())
        assert not is_free(port)
        assert holder_of(port).endswith(f"(process {other.pid})")
        assert other.stdin
        other.stdin.close()
    assert holder_of(port) == ""


def test_free_memory_is_read(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    1024 kB\n")
    assert memory_available(tmp_path / "meminfo") == 2**20
    assert memory_available(tmp_path / "nothing") is None
