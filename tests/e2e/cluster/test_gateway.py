"""A release is reached by an Ingress and by a Gateway at the same time, as while one moves from one to the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.e2e.cluster.definitions import known
from tests.e2e.cluster.kube import Kube
from tests.e2e.cluster.kubectl import kubectl
from tests.e2e.cluster.test_pod_security import RESTRICTED_CONTAINER
from tests.e2e.cluster.trial import SECONDS, Values, trial
from tests.e2e.waiting import wait_until

pytestmark = pytest.mark.timeout(600)
GROUP = "gateway.networking.k8s.io"
KINDS = [
    f"{plural}.{GROUP}" for plural in ("gatewayclasses", "gateways", "httproutes", "grpcroutes", "referencegrants")
]
NAME, PORT, HOST = "trial-gateway", 8000, "localhost"
BOTH: Values = {
    "replicaCount": 1,
    "database": {"existingSecret": {"name": ""}},  # a file in the pod
    "ingress": {"enabled": True, "className": "traefik", "hosts": [HOST]},
    "httpRoute": {"enabled": True, "parentRefs": [{"name": NAME}]},
}


def objects(namespace: str, image: str) -> list[dict[str, Any]]:
    """A Gateway, and a Traefik that serves it and nothing else."""
    meta, labels = {"name": NAME, "namespace": namespace}, {"app": NAME}
    reads = [
        {"apiGroups": [""], "resources": ["services", "secrets", "namespaces", "nodes"], "verbs": ["list", "watch"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
        {"apiGroups": [GROUP], "resources": ["*"], "verbs": ["get", "list", "watch", "update"]},
    ]
    role, subject = {"kind": "ClusterRole", "name": NAME}, {"kind": "ServiceAccount", **meta}
    container = {
        "name": "traefik",
        "image": image,
        "args": [f"--entrypoints.web.address=:{PORT}", "--providers.kubernetesgateway=true"],
        "securityContext": {**RESTRICTED_CONTAINER, "runAsUser": 65532},
    }
    pod = {"serviceAccountName": NAME, "containers": [container]}
    listener = {"name": "web", "protocol": "HTTP", "port": PORT}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": NAME},
            "rules": reads,
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": NAME},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", **role},
            "subjects": [subject],
        },
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "GatewayClass",
            "metadata": {"name": NAME},
            "spec": {"controllerName": "traefik.io/gateway-controller"},
        },
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "Gateway",
            "metadata": meta,
            "spec": {"gatewayClassName": NAME, "listeners": [listener]},
        },
        {"apiVersion": "v1", "kind": "Pod", "metadata": {**meta, "labels": labels}, "spec": pod},
    ]


@contextmanager
def gateway(kube: Kube, kubeconfig: Path) -> Iterator[None]:
    """A Gateway in the release's namespace."""
    deployment: Any = kubectl(kubeconfig, "-n", "traefik", "get", "deployment", "traefik", "--output=yaml")
    image = yaml.safe_load(deployment)["spec"]["template"]["spec"]["containers"][0]["image"]
    manifests = yaml.safe_dump_all(objects(kube.namespace, image))
    kubectl(kubeconfig, "create", "--filename=-", stdin=manifests)
    try:
        yield
    finally:
        kubectl(kubeconfig, "delete", "--filename=-", "--grace-period=1", stdin=manifests)


def by_gateway(kube: Kube) -> str:
    """Which pod answers through the Gateway; what went wrong where none does."""
    ask = kube.core.connect_get_namespaced_pod_proxy_with_path
    try:
        answer: Any = ask(f"{NAME}:{PORT}", kube.namespace, "api/version", _preload_content=False)
    except Exception as error:  # noqa: BLE001 - the pod is not there yet, or routes nothing yet
        return f"{type(error).__name__}"
    return str(answer.headers.get("x-served-by"))


def by_ingress(http: httpx.Client) -> str:
    """Which pod answers through the Ingress."""
    return str(http.get("/api/version", headers={"Host": HOST}).headers.get("x-served-by"))


def test_an_ingress_and_a_gateway_lead_to_the_same_pod(kube: Kube, kubeconfig: Path, http: httpx.Client) -> None:
    with (
        known(kubeconfig, *KINDS),
        gateway(kube, kubeconfig),
        trial(kube, kubeconfig, "both", kube.namespace, BOTH) as release,
    ):
        assert release.upgrade() == ""
        release.settled()
        (pod,) = release.kube.pods()
        name = pod.metadata.name
        wait_until(lambda: by_ingress(http) == name, SECONDS, f"the Ingress leads to {name}")
        wait_until(lambda: by_gateway(kube) == name, SECONDS, f"the Gateway leads to {name}", interval=1)
