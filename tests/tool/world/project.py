"""A checkout as small as it can be."""

import json
from pathlib import Path

FILES = {
    "Dockerfile": "FROM python AS build\nCOPY service /opt/service\nFROM python\nCOPY --from=build /opt /opt\n",
    ".dockerignore": "*\n!service\n**/__pycache__\n",
    "service/app.py": "print('hello')\n",
    "service/__pycache__/app.pyc": "compiled\n",
    "charts/slipway/Chart.yaml": "apiVersion: v2\nname: slipway\nversion: 0.1.0\n",
    "charts/slipway/values.schema.json": json.dumps({"properties": {"replicaCount": {}, "ingress": {}}}),
    "charts/slipway/profiles/dev.yaml": "replicaCount: 2\n",
    "k8s/kind/one-node.yaml": """\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
    extraPortMappings: [{containerPort: 30080, hostPort: 8080, listenAddress: 127.0.0.1}]
""",
    "k8s/kind/three-nodes.yaml": """\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
    extraPortMappings: [{containerPort: 30080, hostPort: 8080, listenAddress: 127.0.0.1}]
  - role: worker
  - role: worker
""",
}

WORKLOAD = """\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, {place}}}
spec:
  replicas: 1
  template: {{spec: {{containers: [{{name: main, image: "{image}"}}]}}}}
"""

FOLDERS = {
    "metrics-server": ("Deployment", "namespace: kube-system", "registry.k8s.io/metrics-server/metrics-server:v0.8.0"),
    "traefik": ("Deployment", "namespace: traefik", "traefik:v3.5.0"),
    "postgres": ("StatefulSet", "labels: {}", "postgres:17"),
    "valkey": ("Deployment", "labels: {}", "valkey/valkey:8.1"),
}

IMAGES = {image for _, _, image in FOLDERS.values()}


def write_project(root: Path) -> Path:
    """Write the checkout to `root`."""
    for name, text in FILES.items():
        _write(root / name, text)
    for name, (kind, place, image) in FOLDERS.items():
        text = WORKLOAD.format(kind=kind, name=name, place=place, image=image)
        _write(root / "k8s" / name / "workload.yaml", text)
    return root


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
