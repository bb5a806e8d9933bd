"""Where the values of another chart are found in this one: data, and nothing that reads or writes a file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scripts.core.objects import Object

Placed = dict[str, Any]


@dataclass(frozen=True)
class Move:
    """What becomes of one value.

    Attributes:
        old: Its path in the other chart, with dots.
        place: Gives its new places and values, by their paths; none where it has no successor.
        why: What is said where it has none.
    """

    old: str
    place: Callable[[Any], Placed]
    why: str = ""


def _to(path: str) -> Callable[[Any], Placed]:
    return lambda value: {path: value}


def _nowhere(_: object) -> Placed:
    return {}


def _names(secrets: list[Object]) -> Placed:
    return {"image.pullSecrets": [secret["name"] for secret in secrets]}


def _hosts(hosts: list[Object]) -> Placed:
    """The names, and the path that all of them share; this chart serves one path below every name."""
    found: Placed = {"ingress.hosts": [host["host"] for host in hosts if host.get("host")]}
    paths = [path for host in hosts for path in host.get("paths") or []]
    if paths:
        found |= {f"ingress.{key}": paths[0][key] for key in ("path", "pathType") if key in paths[0]}
    return found


# What `helm create` writes into a new chart, where it is another name here; the other names are the same.
HELM_CREATE = (
    Move("imagePullSecrets", _names),
    Move("ingress.hosts", _hosts),
    Move("autoscaling.targetCPUUtilizationPercentage", _to("autoscaling.cpuUtilization")),
    Move("autoscaling.targetMemoryUtilizationPercentage", _to("autoscaling.memoryUtilization")),
    Move("volumes", _to("extraVolumes")),
    Move("volumeMounts", _to("extraVolumeMounts")),
    Move("livenessProbe", _nowhere, "the path is the chart's own, /health/live; the times are under probes.liveness"),
    Move(
        "readinessProbe", _nowhere, "the path is the chart's own, /health/ready; the times are under probes.readiness"
    ),
    Move("podSecurityContext", _nowhere, "every pod keeps the restricted standard; see security"),
    Move("securityContext", _nowhere, "every container keeps the restricted standard; see security"),
    Move("serviceAccount.automount", _nowhere, "no pod has a token"),
)

ORIGINS = {"helm-create": HELM_CREATE}
