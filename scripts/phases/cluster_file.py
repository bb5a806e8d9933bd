"""The cluster that is wished for: a file of the project and the options of the run."""

from dataclasses import dataclass

import yaml

from scripts.analyzers.kind_configs import ingress_port, needs_cgroup_patch, rendered
from scripts.analyzers.preflight import Facts
from scripts.core.errors import UsageError
from scripts.core.objects import Object
from scripts.core.project import Project

FILES = {"one": "one-node.yaml", "three": "three-nodes.yaml"}


@dataclass(frozen=True)
class Wish:
    """What the options ask for.

    Attributes:
        nodes: `one` or `three`.
        port: The host port of the Ingress.
        image: The node image; empty for the file's, or kind's own.
        recreate: Whether a cluster with another configuration is replaced.
        patience: Seconds that one wait may take.
    """

    nodes: str = "one"
    port: int = 8080
    image: str = ""
    recreate: bool = False
    patience: float = 300.0


def cluster_file(project: Project, nodes: str) -> Object:
    """The kind configuration of the project for so many nodes.

    Raises:
        UsageError: It is missing, no YAML, or opens no port for the Ingress.
    """
    path = project.manifests / "kind" / FILES[nodes]
    try:
        file = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise UsageError(f"The kind configuration {path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(file, dict) or ingress_port(file) is None:
        raise UsageError(f"The kind configuration {path} maps no port 30080 of a node, where the Ingress listens.")
    return file


def wanted_config(project: Project, cluster: str, wish: Wish, facts: Facts) -> Object:
    """The configuration that the cluster shall have on this machine."""
    cgroup = str(facts.info.get("CgroupVersion", ""))
    return rendered(
        cluster_file(project, wish.nodes),
        name=cluster,
        port=wish.port,
        image=wish.image,
        patch_cgroup=needs_cgroup_patch(cgroup, facts.kubernetes),
    )
