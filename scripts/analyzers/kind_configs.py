"""The kind configuration of a run: the file of the project, made fit for this machine."""

import copy

from scripts.analyzers.versions import Version
from scripts.core.objects import Object, at

INGRESS_NODE_PORT = 30080
# Kubelets before 1.31 refuse the field, kubelets from 1.35 on refuse cgroup v1 without it (KEP-5573).
CGROUP_V1_NEEDS_WORD = Version(1, 35)
CGROUP_V1_PATCH = """\
kind: KubeletConfiguration
apiVersion: kubelet.config.k8s.io/v1beta1
failCgroupV1: false
"""


def needs_cgroup_patch(cgroup: str, kubernetes: Version | None) -> bool:
    """Whether the kubelet must be told that cgroup v1 is no reason to fail."""
    return cgroup == "1" and kubernetes is not None and kubernetes >= CGROUP_V1_NEEDS_WORD


def rendered(file: Object, *, name: str, port: int, image: str, patch_cgroup: bool) -> Object:
    """The configuration `file` with the cluster's name, the host port, the node image and the patches of this run."""
    config = copy.deepcopy(file)
    config["name"] = name
    for node in config.get("nodes") or []:
        if image:
            node["image"] = image
        for mapping in node.get("extraPortMappings") or []:
            if mapping.get("containerPort") == INGRESS_NODE_PORT:
                mapping["hostPort"] = port
    if patch_cgroup:
        config["kubeadmConfigPatches"] = [*config.get("kubeadmConfigPatches", []), CGROUP_V1_PATCH]
    return config


def ingress_port(config: Object) -> int | None:
    """The host port that leads to the Ingress controller, or None where the configuration maps none."""
    for node in at(config, "nodes", default=[]):
        for mapping in node.get("extraPortMappings") or []:
            if mapping.get("containerPort") == INGRESS_NODE_PORT:
                return int(mapping["hostPort"])
    return None


def node_image(config: Object) -> str:
    """The node image that the configuration names; empty where kind chooses."""
    return str(at(config, "nodes", 0, "image", default=""))
