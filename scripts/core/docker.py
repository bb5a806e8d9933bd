"""The questions put to docker, and the few things it is asked to do."""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scripts.core.errors import ProgramFailed
from scripts.core.objects import Object, at, moment
from scripts.core.process import Programs, Watcher
from scripts.core.references import full_name

ASK = 20.0
ACT = 120.0
BUILD = 1200.0
SAVE = 300.0
CLUSTER_LABEL = "io.x-k8s.kind.cluster"
ROLE_LABEL = "io.x-k8s.kind.role"
OWNER_LABEL = "slipway.dev/cluster"


@dataclass(frozen=True)
class Node:
    """A node of a kind cluster, which is a container."""

    name: str
    role: str
    state: str
    created: datetime | None
    image: str

    @property
    def running(self) -> bool:
        """Whether the container runs."""
        return self.state == "running"


class Docker:
    """Docker by its command.

    Args:
        programs: Who runs it.
    """

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    def version(self) -> Object:
        """Client and server versions; ProgramFailed where the daemon does not answer."""
        return self._json("docker", "version", "--format", "{{json .}}")

    def info(self) -> Object:
        """What the daemon says of itself and its machine."""
        return self._json("docker", "info", "--format", "{{json .}}")

    def nodes(self, cluster: str) -> list[Node]:
        """The node containers of `cluster`, running or not, in order of name."""
        ids = self._lines("docker", "ps", "-aq", "--no-trunc", "--filter", f"label={CLUSTER_LABEL}={cluster}")
        return sorted((_node(found) for found in self._inspect("container", ids)), key=lambda node: node.name)

    def start(self, names: Sequence[str]) -> None:
        """Start containers that are stopped."""
        self._programs.run("docker", "start", *names, timeout=ACT)

    def unpause(self, names: Sequence[str]) -> None:
        """Let paused containers go on."""
        self._programs.run("docker", "unpause", *names, timeout=ACT)

    def publishers(self, port: int) -> list[str]:
        """The names of the running containers that publish the host port `port`."""
        return self._lines("docker", "ps", "--filter", f"publish={port}", "--format", "{{.Names}}")

    def images(self, references: Sequence[str]) -> set[str]:
        """Those of `references` that the local image store has."""
        if not references:
            return set()
        asked = self._programs.run("docker", "image", "inspect", *references, timeout=ASK, accept=(0, 1))
        tags: set[str] = set()
        for image in json.loads(asked.output or "[]"):
            tags.update(image.get("RepoTags") or [])
            tags.update(image.get("RepoDigests") or [])
        names = {full_name(tag) for tag in tags}
        return {reference for reference in references if full_name(reference) in names}

    def tags(self, repository: str) -> list[str]:
        """The references of all local images of `repository`."""
        listed = self._lines("docker", "image", "ls", repository, "--format", "{{.Repository}}:{{.Tag}}")
        return sorted(set(listed))

    def build(self, reference: str, arguments: Sequence[str], context: str, watch: Watcher) -> None:
        """Build the image `reference` from the folder `context`."""
        argv = ("docker", "build", "--tag", reference, *arguments, context)
        self._programs.run(
            *argv, timeout=BUILD, watch=watch, extra={"DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain"}
        )

    def save(self, references: Sequence[str], platform: str, archive: str) -> None:
        """Write one platform of images to a tar file."""
        self._programs.run("docker", "save", "--platform", platform, "-o", archive, *references, timeout=SAVE)

    def remove_images(self, references: Sequence[str]) -> None:
        """Remove images by name."""
        self._programs.run("docker", "image", "rm", *references, timeout=ACT)

    def images_on(self, node: str) -> list[Object]:
        """What the container runtime of `node` holds, as `crictl images` tells it."""
        told = self._json("docker", "exec", node, "crictl", "images", "-o", "json")
        images: list[Object] = told.get("images") or []
        return images

    def network(self, name: str) -> Object | None:
        """The network called exactly `name`, or None."""
        with contextlib.suppress(ProgramFailed):
            return next(iter(self._inspect("network", [name])), None)
        return None

    def create_network(self, name: str, cluster: str) -> None:
        """Make the network of `cluster`, with the daemon's own packet size as kind does, marked as ours."""
        bridge = self.network("bridge") or {}
        mtu = at(bridge, "Options", "com.docker.network.driver.mtu", default="1500")
        options = (
            "-o",
            f"com.docker.network.driver.mtu={mtu}",
            "-o",
            "com.docker.network.bridge.enable_ip_masquerade=true",
        )
        label = f"{OWNER_LABEL}={cluster}"
        self._programs.run("docker", "network", "create", "-d", "bridge", *options, "--label", label, name, timeout=ACT)

    def remove_network(self, name: str) -> None:
        """Remove a network; ProgramFailed where something still uses it."""
        self._programs.run("docker", "network", "rm", name, timeout=ACT)

    def _inspect(self, what: str, names: Sequence[str]) -> list[Object]:
        if not names:
            return []
        told = self._programs.run("docker", what, "inspect", *names, timeout=ASK)
        found: list[Object] = json.loads(told.output)
        return found

    def _json(self, *argv: str) -> Object:
        told: Object = json.loads(self._programs.run(*argv, timeout=ASK).output)
        return told

    def _lines(self, *argv: str) -> list[str]:
        return self._programs.run(*argv, timeout=ASK).output.split()


def _node(found: Object) -> Node:
    labels = at(found, "Config", "Labels", default={})
    return Node(
        name=str(found.get("Name", "")).removeprefix("/"),
        role=str(labels.get(ROLE_LABEL, "")),
        state=str(at(found, "State", "Status", default="")),
        created=moment(found.get("Created")),
        image=str(at(found, "Config", "Image", default="")),
    )
