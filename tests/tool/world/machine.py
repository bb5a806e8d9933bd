"""What docker and kind have on this machine, and what they answer."""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

from scripts.core.references import full_name
from tests.tool.world.api import FakeApi
from tests.tool.world.objects import APPS, CORE, complete, node

Thing = dict[str, Any]


@dataclass
class Answer:
    """What a program leaves behind."""

    status: int = 0
    output: str = ""
    errors: str = ""


@dataclass
class Container:
    """A node container."""

    name: str
    cluster: str
    role: str = "control-plane"
    state: str = "running"
    created: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))
    admin_conf: bool = True
    images: set[str] = field(default_factory=set)
    ports: set[int] = field(default_factory=set)


@dataclass
class Machine:
    """Containers, images and networks, and the cluster's API and Ingress."""

    api: FakeApi
    containers: list[Container] = field(default_factory=list)
    images: set[str] = field(default_factory=set)
    networks: dict[str, Thing] = field(default_factory=lambda: {"bridge": {"Options": {}}})
    version: Thing = field(
        default_factory=lambda: {"Server": {"Version": "28.2.2", "ApiVersion": "1.50", "Arch": "amd64"}}
    )
    info: Thing = field(default_factory=lambda: {"CgroupVersion": "2", "DockerRootDir": "/", "DriverStatus": []})
    kind_version: str = "kind v0.33.0 go1.26.8 linux/amd64"
    loses_loads: bool = False
    ready: bool = True
    ingress: ThreadingHTTPServer | None = None
    answer: int = 200

    def docker(self, argv: list[str], _call: Thing) -> Answer:
        verbs: dict[str, Callable[[list[str]], Answer]] = {
            "version": lambda _: _said(self.version),
            "info": lambda _: _said(self.info),
            "ps": self._ps,
            "container": self._inspect_containers,
            "start": self._set_running,
            "unpause": self._set_running,
            "image": self._image,
            "build": self._build,
            "save": lambda _: Answer(),
            "exec": self._exec,
            "network": self._network,
        }
        return verbs[argv[0]](argv[1:])

    def kind(self, argv: list[str], call: Thing) -> Answer:
        if argv[0] == "version":
            return Answer(output=self.kind_version + "\n")
        name = argv[argv.index("--name") + 1]
        if argv[:2] == ["create", "cluster"]:
            return self._create(name, call["stdin"], argv[argv.index("--kubeconfig") + 1])
        if argv[:2] == ["delete", "cluster"]:
            return self._delete(name)
        if argv[:2] == ["get", "kubeconfig"]:
            return self._get_kubeconfig(name)
        return self._load(argv)

    def add_cluster(self, name: str, config: Thing, created: datetime | None = None) -> list[Container]:
        """Node containers as kind makes them."""
        made = []
        for index, wanted in enumerate(config["nodes"]):
            role = wanted["role"]
            suffix = role if index < 2 else f"{role}{index}"
            ports = {mapping["hostPort"] for mapping in wanted.get("extraPortMappings", [])}
            made.append(Container(f"{name}-{suffix}", name, role, ports=ports, created=created or datetime.now(UTC)))
        self.containers += made
        return made

    def fill_api(self, name: str) -> None:
        """What a fresh cluster holds."""
        for container in self.of(name):
            self.api.put(f"{CORE}/nodes", node(container.name, ready=self.ready))
        dns = {
            "kind": "Deployment",
            "metadata": {"name": "coredns", "namespace": "kube-system"},
            "spec": {"replicas": 2},
        }
        stored = self.api.put(f"{APPS}/deployments", dns)
        status = {"observedGeneration": stored["metadata"]["generation"], **complete(2)}
        self.api.set_status(f"{APPS}/deployments", "kube-system", "coredns", status)
        default = {"storageclass.kubernetes.io/is-default-class": "true"}
        self.api.put(
            "/apis/storage.k8s.io/v1/storageclasses", {"metadata": {"name": "standard", "annotations": default}}
        )

    def kubeconfig(self, name: str) -> str:
        context = {"name": f"kind-{name}", "context": {"cluster": name, "user": name}}
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": f"kind-{name}",
                "clusters": [{"name": name, "cluster": {"server": self.api.url}}],
                "users": [{"name": name, "user": {"token": "secret"}}],
                "contexts": [context],
            }
        )

    def of(self, cluster: str) -> list[Container]:
        return [container for container in self.containers if container.cluster == cluster]

    def open_ingress(self, port: int) -> None:
        """Let something answer on the host port, as the port mapping of the control plane does."""
        self.ingress = ThreadingHTTPServer(("127.0.0.1", port), _ingress(self))
        self.ingress.daemon_threads = True
        threading.Thread(target=self.ingress.serve_forever, args=(0.01,), daemon=True).start()

    def close_ingress(self) -> None:
        if self.ingress:
            self.ingress.shutdown()
            self.ingress.server_close()
            self.ingress = None

    def _ps(self, argv: list[str]) -> Answer:
        chosen = argv[argv.index("--filter") + 1]
        if chosen.startswith("publish="):
            port = int(chosen.partition("=")[2])
            return Answer(output="".join(f"{c.name}\n" for c in self.containers if port in c.ports))
        cluster = chosen.rpartition("=")[2]
        return Answer(output="".join(f"{c.name}\n" for c in self.of(cluster)))

    def _inspect_containers(self, argv: list[str]) -> Answer:
        found = [container for container in self.containers if container.name in argv[1:]]
        return _said([_inspected(container) for container in found])

    def _set_running(self, names: list[str]) -> Answer:
        for container in self.containers:
            if container.name in names:
                container.state = "running"
        return Answer()

    def _image(self, argv: list[str]) -> Answer:
        if argv[0] == "inspect":
            found = [{"RepoTags": [ref]} for ref in argv[1:] if ref in self.images]
            return Answer(0 if len(found) == len(argv) - 1 else 1, json.dumps(found), "")
        if argv[0] == "ls":
            return Answer(output="".join(f"{ref}\n" for ref in sorted(self.images) if ref.startswith(f"{argv[1]}:")))
        self.images -= set(argv[1:])
        return Answer()

    def _build(self, argv: list[str]) -> Answer:
        self.images.add(argv[argv.index("--tag") + 1])
        return Answer(errors="#7 [build 3/5] RUN install\n")

    def _exec(self, argv: list[str]) -> Answer:
        there = next(container for container in self.containers if container.name == argv[0])
        return _said({"images": [{"id": "sha256:1", "repoTags": sorted(map(full_name, there.images))}]})

    def _network(self, argv: list[str]) -> Answer:
        name = argv[-1]
        if argv[0] == "create":
            label = argv[argv.index("--label") + 1].split("=", 1)
            self.networks[name] = {"Labels": dict([label]), "Containers": {}, "Options": {}}
        elif name not in self.networks:
            return Answer(1, "[]", f"Error: No such network: {name}")
        elif argv[0] == "rm":
            del self.networks[name]
        return _said([{"Name": name, **self.networks.get(name, {})}])

    def _create(self, name: str, config: str, kubeconfig: str) -> Answer:
        if self.of(name):
            return Answer(
                1, "", f'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "{name}"\n'
            )
        wanted = yaml.safe_load(config)
        self.add_cluster(name, wanted)
        self.api.clear()
        self.fill_api(name)
        with open(kubeconfig, "w", encoding="utf-8") as stream:  # noqa: PTH123 - another program's way of writing
            stream.write(self.kubeconfig(name))
        self.open_ingress(next(p for c in self.of(name) for p in c.ports))
        return Answer(errors="Creating cluster ...\n ✓ Preparing nodes 📦\n")

    def _delete(self, name: str) -> Answer:
        self.containers = [container for container in self.containers if container.cluster != name]
        self.close_ingress()
        return Answer()

    def _get_kubeconfig(self, name: str) -> Answer:
        plane = next((c for c in self.of(name) if c.role == "control-plane"), None)
        if plane is None or not plane.admin_conf:
            return Answer(1, "", "ERROR: failed to get cluster internal kubeconfig: cat: /etc/kubernetes/admin.conf\n")
        return Answer(output=self.kubeconfig(name))

    def take_images(self, references: set[str]) -> None:
        """Every node has them now."""
        for container in self.containers:
            container.images |= references

    def _load(self, argv: list[str]) -> Answer:
        if not self.loses_loads:
            self.take_images({word for word in argv[2:] if re.search(r"[:/]", word)})
        return Answer()


def _said(value: object) -> Answer:
    return Answer(output=json.dumps(value) + "\n")


def _inspected(container: Container) -> Thing:
    labels = {"io.x-k8s.kind.cluster": container.cluster, "io.x-k8s.kind.role": container.role}
    return {
        "Name": f"/{container.name}",
        "Created": container.created.isoformat(),
        "State": {"Status": container.state},
        "Config": {"Labels": labels, "Image": "kindest/node:v1.34.4"},
    }


def _ingress(machine: Machine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self.send_response(machine.answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler
