import json
import re
import stat
from pathlib import Path

import pytest

from tests.tool.world.machine import Answer
from tests.tool.world.world import Runner, World

PHASES = ["preflight", "cluster", "images", "dependencies", "release", "address"]


def test_from_nothing_to_an_address(world: World, slipway_from_path: Runner) -> None:
    ran = slipway_from_path.up()
    assert ran.code == 0, ran.err
    assert f"http://127.0.0.1:{world.port}" in ran.out
    assert world.inside.applied == ["metrics-server", "traefik", "postgres", "valkey"]
    assert len(world.inside.revisions()) == 1


def test_second_run_changes_nothing_and_says_so_for_every_phase(world: World, slipway_from_path: Runner) -> None:
    slipway_from_path.up()
    world.forget()
    ran = slipway_from_path.up("--json")
    assert ran.code == 0
    assert world.changes() == []
    phases = [(p["phase"], p["status"]) for p in ran.result["data"]["phases"]]
    assert phases == [(phase, "unchanged") for phase in PHASES]
    assert ran.result["data"]["changed"] is False


def test_second_run_says_unchanged_in_plain_lines(slipway: Runner) -> None:
    slipway.up()
    lines = slipway.up().out.splitlines()
    for phase in PHASES:
        assert any(line.startswith(phase) and "unchanged" in line for line in lines), phase


def test_kubeconfig_of_the_user_stays_as_it_is(world: World, slipway: Runner) -> None:
    path = Path(world.environment["KUBECONFIG"])
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    slipway.up()
    slipway("status")
    slipway("down")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_no_program_hears_of_the_users_cluster(world: World, slipway_from_path: Runner) -> None:
    slipway_from_path.up()
    misleading = [
        name for call in world.calls for name in call.environment if name.startswith(("KUBECONFIG", "HELM_NAMESPACE"))
    ]
    assert misleading == []


def test_network_is_named_after_the_cluster_only_for_kind(world: World, slipway_from_path: Runner) -> None:
    slipway_from_path.up("--cluster", "blue")
    variable = "KIND_EXPERIMENTAL_DOCKER_NETWORK"
    told = {call.line.split(" --")[0]: call.environment.get(variable) for call in world.calls}
    assert told.pop("kind create cluster") == "blue"
    assert set(told.values()) == {None}
    assert world.machine.networks["blue"]["Labels"] == {"slipway.dev/cluster": "blue"}


def test_state_is_for_its_owner_only(world: World, slipway: Runner) -> None:
    slipway.up()
    files = [path for path in world.state.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"kubeconfig", "cluster.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(world.state.stat().st_mode) == 0o700


def test_plain_output_has_no_control_characters(world: World, slipway: Runner) -> None:
    world.faults["docker info"] = Answer(0, '{"CgroupVersion": "2", "Name": "\x1b[31mred"}\n')
    ran = slipway.up()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", ran.out + ran.err)


def test_json_lines_parse_and_their_times_never_go_down(slipway: Runner) -> None:
    ran = slipway.up("--json")
    times = [event["ts"] for event in ran.events]
    assert times == sorted(times)
    assert {"ts", "phase", "object", "status", "code", "seconds"} <= set(ran.events[0])
    assert [event["phase"] for event in ran.events if event["phase"] == "result"] == ["result"]


def test_namespace_enforces_restricted_pods(world: World, slipway: Runner) -> None:
    slipway.up()
    namespace = world.api.get("/api/v1/namespaces/slipway")
    assert namespace
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert namespace["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "slipway"


def test_password_is_random_and_kept(world: World, slipway: Runner) -> None:
    slipway.up()
    first = world.api.get("/api/v1/namespaces/slipway/secrets/postgres")
    slipway.up()
    assert first
    assert len(first["data"]["password"]) >= 32
    assert world.api.get("/api/v1/namespaces/slipway/secrets/postgres") == first


def test_password_appears_in_no_output_or_argument(world: World, slipway: Runner) -> None:
    ran = slipway.up("--json")
    secret = world.api.get("/api/v1/namespaces/slipway/secrets/postgres")
    assert secret
    told = ran.out + ran.err + json.dumps([vars(call) for call in world.calls])
    assert secret["data"]["password"] not in told


def test_only_the_folder_that_changed_is_applied(world: World, slipway: Runner) -> None:
    slipway.up()
    world.inside.applied.clear()
    path = world.project / "k8s" / "valkey" / "workload.yaml"
    path.write_text(path.read_text() + "# a word\n")
    slipway.up()
    assert world.inside.applied == ["valkey"]


def test_folder_is_applied_again_when_an_object_of_it_is_gone(world: World, slipway: Runner) -> None:
    slipway.up()
    world.inside.applied.clear()
    world.api.remove("/apis/apps/v1/deployments", "traefik", "traefik")
    slipway.up()
    assert world.inside.applied == ["traefik"]


def test_other_code_is_built_loaded_and_released(world: World, slipway: Runner) -> None:
    slipway.up()
    world.forget()
    (world.project / "service" / "app.py").write_text("print('other')\n")
    ran = slipway.up("--json")
    tag = ran.result["data"]["tag"]
    assert world.lines("docker build")
    assert world.lines("kind load docker-image") == [f"kind load docker-image --name slipway slipway:{tag}"]
    assert len(world.lines("helm upgrade")) == 1


def test_what_the_image_does_not_hold_builds_nothing(world: World, slipway: Runner) -> None:
    slipway.up()
    world.forget()
    (world.project / "service" / "__pycache__" / "app.pyc").write_text("compiled anew\n")
    (world.project / "README.md").write_text("words\n")
    slipway.up()
    assert world.changes() == []


def test_deployment_that_was_deleted_comes_back(world: World, slipway: Runner) -> None:
    slipway.up()
    world.api.remove("/apis/apps/v1/deployments", "slipway", "slipway")
    world.forget()
    ran = slipway.up()
    assert ran.code == 0
    assert len(world.lines("helm upgrade")) == 1


def test_images_that_docker_lacks_are_left_to_the_cluster_and_said(world: World, slipway: Runner) -> None:
    world.machine.images.discard("postgres:17")
    ran = slipway.up("--json")
    pulls = [event["object"] for event in ran.events if event["code"] == "image.pull"]
    assert pulls == ["postgres:17"]
    assert "postgres:17" not in world.lines("kind load")[0]


def test_all_images_are_loaded_in_one_call(world: World, slipway: Runner) -> None:
    slipway.up()
    assert len(world.lines("kind load")) == 1


def test_containerd_store_loads_one_platform(world: World, slipway: Runner) -> None:
    world.machine.info["DriverStatus"] = [["driver-type", "io.containerd.snapshotter.v1"]]
    world.faults["kind load docker-image"] = Answer(1, "", "ERROR: content digest sha256:1: not found\n")
    world.before["kind load image-archive"] = lambda: world.machine.take_images(world.machine.images)
    ran = slipway.up()
    assert ran.code == 0, ran.err
    assert "--platform linux/amd64" in world.lines("docker save")[0]


@pytest.mark.parametrize(
    ("cgroup", "image", "patched"), [("1", "1.35.0", True), ("1", "1.34.4", False), ("2", "1.37.0", False)]
)
def test_cgroup_v1_patch_follows_the_version_of_the_node_image(
    world: World, slipway: Runner, cgroup: str, image: str, *, patched: bool
) -> None:
    world.machine.info["CgroupVersion"] = cgroup
    ran = slipway.up("--node-image", f"kindest/node:v{image}")
    created = next(call.stdin for call in world.calls if call.line.startswith("kind create"))
    assert ("failCgroupV1: false" in created) is patched
    assert ("failCgroupV1" in ran.out) is patched


def test_address_waits_until_the_ingress_answers_200(world: World, slipway: Runner) -> None:
    world.machine.answer = 503
    answers = iter([503, 503, 200])
    original = world.machine.open_ingress

    def opening(port: int) -> None:
        original(port)
        assert world.machine.ingress
        handler: type = world.machine.ingress.RequestHandlerClass  # type: ignore[assignment]
        inner = handler.do_GET  # type: ignore[attr-defined]

        def changing(self: object) -> None:
            world.machine.answer = next(answers)
            inner(self)

        handler.do_GET = changing  # type: ignore[attr-defined]

    world.machine.open_ingress = opening  # type: ignore[method-assign]
    assert slipway.up().code == 0
    assert next(answers, None) is None


def test_second_checkout_adopts_the_cluster(world: World, slipway: Runner) -> None:
    slipway.up()
    for path in world.state.iterdir():
        path.unlink()
    world.forget()
    ran = slipway.up()
    assert ran.code == 0
    assert world.changes() == []
    assert world.lines("kind get kubeconfig")
