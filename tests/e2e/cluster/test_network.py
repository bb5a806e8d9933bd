"""The release's policies are enforced: the ways that it needs are open, a stranger's and all others are not."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.e2e.cluster.kube import Kube
from tests.e2e.cluster.test_pod_security import RESTRICTED_CONTAINER
from tests.e2e.waiting import wait_until

PATIENCE = 120
# Tells of each address whether a connection opens; what a policy drops is not refused but never answered.
CONNECT = """
import json, socket, sys
def opens(host, port):
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError:
        return False
    return True
print(json.dumps({place: opens(*place.rsplit(":", 1)) for place in sys.argv[1:]}))
"""


@contextmanager
def running(kube: Kube, name: str, labels: dict[str, str]) -> Iterator[str]:
    """Run a pod of the release's namespace and image that is none of the release's."""
    (image,) = {container.image for container in kube.deployment().spec.template.spec.containers}
    sleep = ["python", "-c", "import time; time.sleep(600)"]
    security = {**RESTRICTED_CONTAINER, "runAsUser": 10001}
    container = {"name": name, "image": image, "command": sleep, "securityContext": security}
    spec = {"containers": [container], "restartPolicy": "Never", "automountServiceAccountToken": False}
    metadata = {"generateName": f"{name}-", "labels": labels}
    pod = kube.create_pod({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    try:
        wait_until(lambda: kube.phase(pod) == "Running", PATIENCE, f"the pod {pod} runs")
        yield pod
    finally:
        kube.delete_pod(pod)


@pytest.fixture
def stranger(kube: Kube) -> Iterator[str]:
    with running(kube, "stranger", {}) as pod:
        yield pod


@pytest.fixture
def prometheus(kube: Kube) -> Iterator[str]:
    with running(kube, "reader", {"app.kubernetes.io/name": "prometheus"}) as pod:
        yield pod


def opened(kube: Kube, pod: str, *places: str) -> dict[str, bool]:
    """Which of the places, as `host:port`, the pod can open a connection to."""
    found: dict[str, bool] = json.loads(kube.execute(pod, "python", "-c", CONNECT, *places))
    return found


def test_a_stranger_reaches_no_port_of_a_pod(kube: Kube, pods: list[Any], stranger: str) -> None:
    places = [f"{pod.status.pod_ip}:{port}" for pod in pods for port in (8000, 9000)]
    service = f"{kube.deployment().metadata.name}:80"
    assert opened(kube, stranger, *places, service) == dict.fromkeys([*places, service], False)


def test_prometheus_reaches_the_admin_port_and_no_other(kube: Kube, pods: list[Any], prometheus: str) -> None:
    wanted = {f"{pod.status.pod_ip}:{port}": port == 9000 for pod in pods for port in (8000, 9000)}
    # The rules of a new pod are in force a moment after it runs.
    wait_until(lambda: opened(kube, prometheus, *wanted) == wanted, 60, f"a pod of Prometheus reaches {wanted}")


def test_every_pod_reaches_its_stores(kube: Kube, pods: list[Any]) -> None:
    stores = dict.fromkeys(("postgres:5432", "valkey:6379"), True)
    for pod in pods:
        assert opened(kube, pod.metadata.name, *stores) == stores


def test_the_gateway_reaches_every_pod(pods: list[Any], http: httpx.Client) -> None:
    wanted = {pod.metadata.name for pod in pods}
    answered: set[str] = set()

    def everyone() -> bool:
        answered.add(http.get("/api/version").headers["x-served-by"])
        return answered == wanted

    wait_until(everyone, 30, f"{sorted(wanted)} answer", interval=0)


def test_a_pod_resolves_names_and_leaves_by_no_other_way(kube: Kube, pods: list[Any]) -> None:
    resolve = "import socket; print(socket.gethostbyname('kubernetes.default.svc'))"
    for pod in pods:
        address = kube.execute(pod.metadata.name, "python", "-c", resolve).strip()
        assert opened(kube, pod.metadata.name, f"{address}:443") == {f"{address}:443": False}
