"""The restricted Pod Security Standard, as a list of what a pod does against it.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]

VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
)
HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")


def violations(pod: Document) -> list[str]:
    """Every rule of `restricted` that the pod breaks, with the place; none where it may run."""
    spec = pod["spec"]
    return [*_of_pod(spec), *(text for container in _containers(spec) for text in _of_container(container, spec))]


def _containers(spec: Document) -> list[Document]:
    lists = ("initContainers", "containers", "ephemeralContainers")
    return [container for name in lists for container in spec.get(name, [])]


def _of_pod(spec: Document) -> Iterator[str]:
    yield from (f"{field} is set" for field in HOST_FIELDS if spec.get(field))
    for volume in spec.get("volumes", []):
        for kind in volume.keys() - {"name"} - VOLUMES:
            yield f"volume {volume['name']} is {kind}"
    context = spec.get("securityContext", {})
    if context.get("runAsUser") == 0:
        yield "the pod runs as root"
    if context.get("sysctls"):
        yield "sysctls are set"


def _of_container(container: Document, spec: Document) -> Iterator[str]:
    name = container["name"]
    context = {**spec.get("securityContext", {}), **container.get("securityContext", {})}
    capabilities = context.get("capabilities", {})
    if context.get("runAsNonRoot") is not True:
        yield f"{name}: runAsNonRoot is not true"
    if context.get("runAsUser") == 0:
        yield f"{name}: runs as root"
    if context.get("allowPrivilegeEscalation") is not False:
        yield f"{name}: allowPrivilegeEscalation is not false"
    if context.get("privileged"):
        yield f"{name}: is privileged"
    if "ALL" not in capabilities.get("drop", []):
        yield f"{name}: does not drop ALL"
    if set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield f"{name}: adds capabilities"
    if context.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield f"{name}: has no seccomp profile"
    if any(port.get("hostPort") for port in container.get("ports", [])):
        yield f"{name}: has a host port"
    if context.get("procMount", "Default") != "Default":
        yield f"{name}: procMount is not Default"
