from typing import Any

import pytest

from scripts.analyzers.clusters import Action, Plan, Seen, cluster_plan, containers_plan
from scripts.analyzers.differences import differences
from scripts.analyzers.fingerprints import fingerprint, fingerprint_of
from scripts.analyzers.kind_configs import ingress_port, needs_cgroup_patch, rendered
from scripts.analyzers.names import name_fault
from scripts.analyzers.references import images_of, lacking
from scripts.analyzers.releases import Revision, is_current, last_good, newest_jobs, revisions
from scripts.analyzers.versions import Version, node_kubernetes, parse_version
from scripts.core.docker import Node
from scripts.core.references import full_name

CONFIG: dict[str, Any] = {
    "nodes": [{"role": "control-plane", "extraPortMappings": [{"containerPort": 30080, "hostPort": 8080}]}]
}


def node(state: str = "running", role: str = "control-plane", name: str = "a") -> Node:
    return Node(name, role, state, None, "")


@pytest.mark.parametrize(
    ("nodes", "begun", "action"),
    [
        ((), False, Action.CREATE),
        ((), True, Action.CREATE),
        ((node("created"),), False, Action.REPLACE),
        ((node("dead"),), False, Action.REPLACE),
        ((node(role="worker"),), False, Action.REPLACE),
        ((node("exited"),), False, Action.START),
        ((node("paused"), node(role="worker")), False, Action.START),
        ((node("exited"),), True, Action.REPLACE),
    ],
)
def test_containers_decide(nodes: tuple[Node, ...], *, begun: bool, action: Action) -> None:
    plan = containers_plan(Seen(nodes, begun=begun))
    assert plan
    assert plan.action is action


def test_running_containers_leave_it_to_the_api() -> None:
    assert containers_plan(Seen((node(),), begun=True)) is None


@pytest.mark.parametrize(
    ("seen", "action"),
    [
        (Seen((node(),), has_kubeconfig=False), Action.REPLACE),
        (Seen((node(),), has_kubeconfig=True, answers=False), Action.REPLACE),
        (Seen((node(),), has_kubeconfig=True, answers=True), Action.REFUSE),
        (Seen((node(),), has_kubeconfig=True, answers=True, begun=True), Action.REPLACE),
        (Seen((node(),), has_kubeconfig=True, answers=True, mark=CONFIG), Action.KEEP),
        (Seen((node(),), has_kubeconfig=True, answers=True, mark=CONFIG, begun=True), Action.KEEP),
        (Seen((node(),), has_kubeconfig=True, answers=True, mark={"nodes": [{}]}), Action.REFUSE),
        (Seen((), has_kubeconfig=True, answers=True, mark=CONFIG), Action.REPLACE),
    ],
)
def test_api_decides(seen: Seen, action: Action) -> None:
    assert cluster_plan(seen, CONFIG).action is action


def test_refusal_of_another_configuration_shows_the_fields() -> None:
    other = rendered(CONFIG, name="x", port=9090, image="", patch_cgroup=False)
    plan = cluster_plan(Seen((node(),), has_kubeconfig=True, answers=True, mark={**CONFIG, "name": "x"}), other)
    assert plan == Plan(
        Action.REFUSE,
        "it runs with another configuration",
        ("nodes[0].extraPortMappings[0].hostPort: 8080 -> 9090",),
    )


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["a: 1 -> 2"]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ["a.b[1]: 2 -> 3"]),
        ({"a": 1}, {}, ["a: 1 -> (absent)"]),
        ({}, {"a": [1]}, ["a: (absent) -> [1]"]),
        ([1], [1, 2], ["[1]: (absent) -> 2"]),
        (1, 2, ["everything: 1 -> 2"]),
        ({"a": "x\ny"}, {"a": "z"}, ["a: x y -> z"]),
    ],
)
def test_differences(old: object, new: object, lines: list[str]) -> None:
    assert differences(old, new) == lines


def test_rendering_leaves_the_file_as_it_is() -> None:
    made = rendered(CONFIG, name="blue", port=9000, image="kindest/node:v1.34.4", patch_cgroup=True)
    assert ingress_port(made) == 9000
    assert ingress_port(CONFIG) == 8080
    assert made["nodes"][0]["image"] == "kindest/node:v1.34.4"
    assert "failCgroupV1: false" in made["kubeadmConfigPatches"][0]


@pytest.mark.parametrize(
    ("cgroup", "version", "needed"),
    [
        ("1", Version(1, 30), False),
        ("1", Version(1, 34, 4), False),
        ("1", Version(1, 35), True),
        ("1", Version(1, 37, 1), True),
        ("2", Version(1, 37), False),
        ("1", None, False),
        ("", Version(1, 37), False),
    ],
)
def test_cgroup_patch(cgroup: str, version: Version | None, *, needed: bool) -> None:
    assert needs_cgroup_patch(cgroup, version) is needed


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("kind v0.33.0 go1.26.8 linux/amd64", Version(0, 33, 0)),
        ("kind v0.33.0-alpha+abc", Version(0, 33, 0)),
        ("v4.3.1+g12ab", Version(4, 3, 1)),
        ("1.50", Version(1, 50)),
        ("none", None),
    ],
)
def test_versions_are_read(text: str, version: Version | None) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("image", "kind", "kubernetes"),
    [
        ("kindest/node:v1.34.4", Version(0, 33), Version(1, 34, 4)),
        ("kindest/node:v1.35.0@sha256:0123456789", Version(0, 33), Version(1, 35, 0)),
        ("registry:5000/node:v1.31.2", Version(0, 33), Version(1, 31, 2)),
        ("mine:latest", Version(0, 33), None),
        ("", Version(0, 33), Version(1, 37)),
        ("", Version(0, 30), Version(1, 34)),
        ("", Version(0, 99), Version(1, 37)),
        ("", Version(0, 20), None),
    ],
)
def test_kubernetes_of_a_node_image(image: str, kind: Version, kubernetes: Version | None) -> None:
    assert node_kubernetes(image, kind) == kubernetes


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("postgres:17", "docker.io/library/postgres:17"),
        ("postgres", "docker.io/library/postgres:latest"),
        ("valkey/valkey:8.1", "docker.io/valkey/valkey:8.1"),
        ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"),
        ("localhost/x:1", "localhost/x:1"),
        ("registry:5000/x", "registry:5000/x:latest"),
        ("docker.io/postgres:17", "docker.io/library/postgres:17"),
        ("x@sha256:12", "docker.io/library/x@sha256:12"),
    ],
)
def test_full_names(reference: str, name: str) -> None:
    assert full_name(reference) == name


def test_images_of_every_kind_of_pod() -> None:
    pod = {"spec": {"initContainers": [{"image": "a"}], "containers": [{"image": "b"}]}}
    found = images_of(
        [
            {"spec": {"template": pod}},
            {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"image": "c"}]}}}}}},
            {"spec": {"containers": [{"image": "b"}, {"name": "none"}]}},
            {"kind": "Service", "spec": {"ports": []}},
            {"kind": "ConfigMap"},
        ]
    )
    assert found == ["a", "b", "c"]


def test_what_a_node_lacks() -> None:
    there = [{"repoTags": ["docker.io/library/postgres:17"], "repoDigests": None}]
    assert lacking(["postgres:17", "traefik:v3.5.0"], there) == ["traefik:v3.5.0"]


def secret(number: int, status: str, name: str = "slipway", owner: str = "helm") -> dict[str, Any]:
    labels = {"owner": owner, "name": name, "version": str(number), "status": status, "slipway.dev/fingerprint": "f"}
    return {"metadata": {"labels": labels}}


def test_revisions_are_read_in_order_of_number() -> None:
    found = revisions(
        [secret(10, "deployed"), secret(9, "superseded"), secret(1, "x", "other"), secret(2, "x", owner="y")], "slipway"
    )
    assert found == [Revision(9, "superseded", "f"), Revision(10, "deployed", "f")]


@pytest.mark.parametrize(
    ("statuses", "good"),
    [
        (["deployed", "pending-upgrade"], 1),
        (["superseded", "failed", "pending-upgrade"], 1),
        (["superseded", "deployed", "pending-rollback"], 2),
        (["pending-install"], None),
        (["failed", "pending-upgrade"], None),
    ],
)
def test_last_good_revision(statuses: list[str], good: int | None) -> None:
    history = [Revision(index + 1, status, "") for index, status in enumerate(statuses)]
    found = last_good(history)
    assert (found.number if found else None) == good
    assert history[-1].pending


@pytest.mark.parametrize(
    ("status", "made_of", "current"),
    [("deployed", "f", True), ("deployed", "g", False), ("failed", "f", False), ("pending-upgrade", "f", False)],
)
def test_current_means_deployed_and_of_the_same_things(status: str, made_of: str, *, current: bool) -> None:
    assert is_current([Revision(1, "superseded", "f"), Revision(2, status, made_of)], "f") is current


def test_nothing_installed_is_not_current() -> None:
    assert is_current([], "f") is False


def test_newest_job_is_the_youngest() -> None:
    jobs = [{"metadata": {"name": n, "creationTimestamp": t}} for n, t in (("b", "2026-02"), ("a", "2026-01"))]
    assert [job["metadata"]["name"] for job in newest_jobs(jobs)] == ["b"]
    assert newest_jobs([]) == []


@pytest.mark.parametrize("name", ["slipway", "a", "a-b.c", "x1"])
def test_good_names(name: str) -> None:
    assert name_fault(name) == ""


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "..", "a..b", "a/b", "x" * 51])
def test_bad_names(name: str) -> None:
    assert name_fault(name)


def test_fingerprint_depends_on_names_and_contents_and_not_on_order() -> None:
    one, two = ("a", b"1"), ("b", b"2")
    assert fingerprint([one, two]) == fingerprint([two, one])
    assert len({fingerprint([one]), fingerprint([two]), fingerprint([("a", b"2")]), fingerprint([("ab", b"1")])}) == 4
    assert fingerprint_of({"a": 1, "b": 2}) == fingerprint_of({"b": 2, "a": 1})
    assert len(fingerprint([])) == 12
