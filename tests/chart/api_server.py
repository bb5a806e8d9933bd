"""As much of a Kubernetes API server as Helm needs to look something up: it holds what it is given."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

Document = dict[str, Any]

# Kind, plural and group of everything the chart makes.
RESOURCES = (
    ("ConfigMap", "configmaps", "v1"),
    ("Pod", "pods", "v1"),
    ("Secret", "secrets", "v1"),
    ("Service", "services", "v1"),
    ("ServiceAccount", "serviceaccounts", "v1"),
    ("Deployment", "deployments", "apps/v1"),
    ("HorizontalPodAutoscaler", "horizontalpodautoscalers", "autoscaling/v2"),
    ("Ingress", "ingresses", "networking.k8s.io/v1"),
    ("Job", "jobs", "batch/v1"),
    ("NetworkPolicy", "networkpolicies", "networking.k8s.io/v1"),
    ("PodDisruptionBudget", "poddisruptionbudgets", "policy/v1"),
)
# Of operators that a cluster may have.
MORE = {
    "Certificate": ("Certificate", "certificates", "cert-manager.io/v1"),
    "HTTPRoute": ("HTTPRoute", "httproutes", "gateway.networking.k8s.io/v1"),
    "PodMonitor": ("PodMonitor", "podmonitors", "monitoring.coreos.com/v1"),
}
Resources = tuple[tuple[str, str, str], ...]


def owned_secret(data: dict[str, str] | None, annotations: dict[str, str] | None = None) -> Document:
    """The Secret of the release `slipway`, as an earlier install left it; no data where None."""
    metadata = {
        "name": "slipway",
        "namespace": "slipway",
        "labels": {"app.kubernetes.io/managed-by": "Helm"},
        "annotations": {
            "meta.helm.sh/release-name": "slipway",
            "meta.helm.sh/release-namespace": "slipway",
            **(annotations or {}),
        },
    }
    secret: Document = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
    return secret if data is None else {**secret, "data": data}


@contextmanager
def serving(*objects: Document, kinds: tuple[str, ...] = ()) -> Iterator[str]:
    """The address of a server on the loopback that holds these objects, and knows these kinds of MORE."""
    resources = (*RESOURCES, *(MORE[kind] for kind in kinds))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(_answers(objects, resources)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answers(objects: tuple[Document, ...], resources: Resources) -> dict[str, Document]:
    answers: dict[str, Document] = {
        "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.0"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": list(_groups(resources))},
    }
    for version in {version for _, _, version in resources}:
        answers[_prefix(version)] = {
            "kind": "APIResourceList",
            "groupVersion": version,
            "resources": [
                {"name": plural, "kind": kind, "namespaced": True, "verbs": ["get", "list"]}
                for kind, plural, of in resources
                if of == version
            ],
        }
    for item in objects:
        plural = next(plural for kind, plural, _ in resources if kind == item["kind"])
        metadata = item["metadata"]
        path = f"{_prefix(item['apiVersion'])}/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}"
        answers[path] = item
    return answers


def _groups(resources: Resources) -> Iterator[Document]:
    for version in sorted({version for _, _, version in resources if "/" in version}):
        name, number = version.split("/")
        entry = {"groupVersion": version, "version": number}
        yield {"name": name, "versions": [entry], "preferredVersion": entry}


def _prefix(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _handler(answers: dict[str, Document]) -> type[BaseHTTPRequestHandler]:
    missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answers.get(urlsplit(self.path).path)
            body = json.dumps(found or missing).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of http.server
            """Nothing: what Helm asks is no news."""

    return Handler
