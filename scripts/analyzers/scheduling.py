"""Whether a pod could ever run on one of the nodes."""

from collections.abc import Iterable

from scripts.core.objects import Object, at

SUFFIXES = {
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
}


def quantity(text: object) -> float:
    """A Kubernetes quantity as a number: `250m` is 0.25, `1Gi` is 1073741824."""
    written = str(text)
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if written.endswith(suffix):
            return float(written.removesuffix(suffix)) * SUFFIXES[suffix]
    return float(written)


def requested(pod: Object, resource: str) -> float:
    """What the scheduler must find for `pod`: the sum of its containers, or its largest init container."""
    main = sum(_request(container, resource) for container in at(pod, "spec", "containers", default=[]))
    sidecars = [c for c in _init(pod) if c.get("restartPolicy") == "Always"]
    main += sum(_request(container, resource) for container in sidecars)
    first = max((_request(container, resource) for container in _init(pod)), default=0.0)
    return max(main, first) + quantity(at(pod, "spec", "overhead", resource, default=0))


def why_it_never_fits(pod: Object, nodes: Iterable[Object]) -> str:
    """One line where `pod` asks for more than the largest node has; empty where a node could hold it."""
    nodes = list(nodes)
    for resource in ("cpu", "memory"):
        largest = max((quantity(at(node, "status", "allocatable", resource, default=0)) for node in nodes), default=0.0)
        wanted = requested(pod, resource)
        if nodes and wanted > largest:
            return f"it requests {_show(resource, wanted)} and the largest node has {_show(resource, largest)}"
    return ""


def _init(pod: Object) -> list[Object]:
    found: list[Object] = at(pod, "spec", "initContainers", default=[])
    return found


def _request(container: Object, resource: str) -> float:
    return quantity(at(container, "resources", "requests", resource, default=0))


def _show(resource: str, amount: float) -> str:
    return f"{amount:g} cpu" if resource == "cpu" else f"{amount / 2**20:.0f} MiB of memory"
