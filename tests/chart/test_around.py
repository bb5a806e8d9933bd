"""The manifests of k8s/: valid, pinned, and as restricted as they say."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.chart.pod_security import violations
from tests.chart.rendering import DEVELOPMENT, ROOT, Document, of_kind, one, parse, pods

FOLDER = ROOT / "k8s"
FILES = sorted(FOLDER.rglob("*.yaml"))
KIND = [path for path in FILES if path.parent.name == "kind"]
# Examples are of operators and values: tests/chart/test_examples.py.
MANIFESTS = [path for path in FILES if path not in KIND and not path.is_relative_to(FOLDER / "examples")]
FOLDERS = ("metrics-server", "traefik", "postgres", "valkey", "monitoring")
VERSIONS = ("1.31", "1.34", "1.37")


def relative(path: Path) -> str:
    return str(path.relative_to(FOLDER))


def folder(name: str) -> list[Document]:
    return [document for path in sorted((FOLDER / name).glob("*.yaml")) for document in parse(path.read_text())]


def arguments(name: str) -> set[str]:
    (container,) = one(folder(name), "Deployment")["spec"]["template"]["spec"]["containers"]
    return set(container["args"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", MANIFESTS, ids=relative)
def test_every_manifest_is_valid(path: Path, version: str) -> None:
    documents = parse(path.read_text())
    assert documents
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("name", FOLDERS)
def test_every_pod_is_restricted_and_bounded(name: str) -> None:
    found = pods(folder(name))
    assert found
    for _, pod in found:
        assert violations(pod) == []
        assert pod["spec"]["enableServiceLinks"] is False
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}
            assert container["resources"]["limits"].keys() == {"cpu", "memory"}
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()


@pytest.mark.parametrize(
    ("name", "images"),
    [
        ("metrics-server", ["registry.k8s.io/metrics-server/metrics-server:v0.8.0"]),
        ("traefik", ["traefik:v3.5.0"]),
        ("postgres", ["postgres:17"]),
        ("valkey", ["valkey/valkey:8.1"]),
        ("monitoring", ["prom/alertmanager:v0.28.1", "prom/prometheus:v3.16.0"]),
    ],
)
def test_every_image_is_pinned_and_not_pulled_twice(name: str, images: list[str]) -> None:
    containers = [container for _, pod in pods(folder(name)) for container in pod["spec"]["containers"]]
    assert sorted(container["image"] for container in containers) == images
    assert {container["imagePullPolicy"] for container in containers} == {"IfNotPresent"}


@pytest.mark.parametrize("path", KIND, ids=relative)
def test_a_kind_cluster_opens_one_port_on_this_machine_only(path: Path) -> None:
    cluster = yaml.safe_load(path.read_text())
    assert (cluster["kind"], cluster["apiVersion"]) == ("Cluster", "kind.x-k8s.io/v1alpha4")
    assert cluster.keys() == {"kind", "apiVersion", "networking", "nodes"}
    first, *others = cluster["nodes"]
    assert first["role"] == "control-plane"
    assert first["extraPortMappings"] == [
        {"containerPort": 30080, "hostPort": 8080, "listenAddress": "127.0.0.1", "protocol": "TCP"}
    ]
    assert all(node["role"] == "worker" and node.keys() <= {"role", "labels"} for node in others)


def test_the_kind_clusters_have_one_and_three_nodes() -> None:
    found = {path.stem: yaml.safe_load(path.read_text())["nodes"] for path in KIND}
    assert {name: len(nodes) for name, nodes in found.items()} == {"one-node": 1, "three-nodes": 3}
    zones = [node["labels"]["topology.kubernetes.io/zone"] for node in found["three-nodes"][1:]]
    assert len(set(zones)) == 2


@pytest.mark.parametrize("path", KIND, ids=relative)
def test_the_development_profile_believes_the_pods_of_the_cluster(path: Path) -> None:
    profile = yaml.safe_load(DEVELOPMENT.read_text())
    assert profile["config"]["forwardedAllowIps"] == yaml.safe_load(path.read_text())["networking"]["podSubnet"]


def test_traefik_is_reached_by_the_port_that_kind_opens() -> None:
    spec = one(folder("traefik"), "Service")["spec"]
    (port,) = spec["ports"]
    assert (spec["type"], port["nodePort"], port["targetPort"]) == ("NodePort", 30080, "web")


def test_the_namespace_of_traefik_comes_first_and_is_restricted() -> None:
    first = folder("traefik")[0]
    assert (first["kind"], first["metadata"]["name"]) == ("Namespace", "traefik")
    assert first["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_traefik_reads_secrets_of_the_release_s_namespace_alone() -> None:
    documents = folder("traefik")
    everywhere = {resource for rule in one(documents, "ClusterRole")["rules"] for resource in rule["resources"]}
    assert everywhere == {"ingressclasses", "nodes"}
    assert one(documents, "Role")["metadata"]["namespace"] == "slipway"
    assert "--providers.kubernetesingress.namespaces=slipway" in arguments("traefik")


def test_traefik_gives_a_connection_up_before_the_service_does() -> None:
    server = (ROOT / "service" / "server.py").read_text()
    kept = re.search(r"^KEEP_ALIVE_SECONDS = (\d+)$", server, re.MULTILINE)
    idle = re.search(r"idleconntimeout=(\d+)s", " ".join(arguments("traefik")))
    assert kept
    assert idle
    assert int(idle[1]) < int(kept[1])


def test_traefik_notices_a_stopped_pod_within_the_drain() -> None:
    profile = yaml.safe_load(DEVELOPMENT.read_text())
    gathered = re.search(r"providersthrottleduration=(\d+)s", " ".join(arguments("traefik")))
    assert gathered
    assert 2 * int(gathered[1]) < profile["availability"]["drainSeconds"]


def test_the_metrics_server_suits_kind() -> None:
    assert {"--kubelet-insecure-tls", "--metric-resolution=15s"} <= arguments("metrics-server")
    service = one(folder("metrics-server"), "APIService")["spec"]["service"]
    (real,) = of_kind(folder("metrics-server"), "Service")
    assert service == {"name": real["metadata"]["name"], "namespace": real["metadata"]["namespace"]}


@pytest.mark.parametrize(("name", "port"), [("postgres", 5432), ("valkey", 6379)])
def test_a_store_is_found_by_its_name_in_any_namespace(name: str, port: int) -> None:
    documents = folder(name)
    assert all("namespace" not in document["metadata"] for document in documents)
    service = one(documents, "Service")
    assert (service["metadata"]["name"], service["spec"]["ports"][0]["port"]) == (name, port)


def test_postgres_takes_its_password_from_a_secret_that_is_not_here() -> None:
    documents = folder("postgres")
    assert of_kind(documents, "Secret") == []
    stateful: Any = one(documents, "StatefulSet")["spec"]
    secrets = [volume["secret"] for volume in stateful["template"]["spec"]["volumes"] if "secret" in volume]
    assert [secret["secretName"] for secret in secrets] == ["postgres"]
    assert secrets[0]["items"] == [{"key": "password", "path": "password"}]
    assert stateful["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] == "1Gi"


@pytest.mark.parametrize("name", FOLDERS)
def test_every_service_finds_a_pod_and_a_port_of_it(name: str) -> None:
    documents = folder(name)
    found = [pod for _, pod in pods(documents)]
    for service in of_kind(documents, "Service"):
        selected = [pod for pod in found if service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()]
        (pod,) = selected
        opened = {port["name"] for container in pod["spec"]["containers"] for port in container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= opened
