"""Whether a cluster is up, layer by layer: what `kind create --wait` leaves open."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scripts.analyzers.deployments import deployment_verdict
from scripts.core.deadline import Deadline
from scripts.core.errors import ApiUnreachable, ClusterError
from scripts.core.kube import Api
from scripts.core.objects import at, is_true, name_of
from scripts.core.report import Voice
from scripts.core.resources import path_of

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
PACE = 0.5


@dataclass(frozen=True)
class Layer:
    """One layer of a cluster: its name, whether it is up, and what is seen."""

    name: str
    up: bool
    seen: str


def layers(api: Api) -> Iterator[Layer]:
    """The layers from the ground up, lazily: nobody needs the next one while one is down.

    Raises:
        ApiUnreachable: The API stopped answering in between.
    """
    ready = api.ready()
    yield Layer("API", ready, "it answers" if ready else "it does not answer yet")
    yield _nodes(api)
    yield _dns(api)
    yield _storage(api)


def await_layers(api: Api, voice: Voice, deadline: Deadline) -> None:
    """Wait until every layer is up.

    Raises:
        ClusterError: One was not up in time; it says which.
    """
    with voice.waiting("the API of the cluster") as now:
        while (missing := first_missing(api)) is not None:
            if deadline.passed:
                raise ClusterError(
                    f"The cluster did not come up within {deadline.seconds:.0f} s: {missing.name}: {missing.seen}.",
                    fix="Look at it with `docker logs` and `docker exec ... journalctl -u kubelet`.",
                    code=f"cluster.{missing.name}",
                )
            now(f"{missing.name}: {missing.seen}")
            deadline.pause(PACE)


def first_missing(api: Api) -> Layer | None:
    """The lowest layer that is not up, or None."""
    try:
        return next((layer for layer in layers(api) if not layer.up), None)
    except ApiUnreachable:
        return Layer("API", up=False, seen="it does not answer yet")


def api_answers(open_api: Callable[[], Api], deadline: Deadline) -> bool:
    """Whether the API answers before the deadline."""
    while True:
        try:
            if open_api().ready():
                return True
        except ApiUnreachable:
            pass
        if deadline.passed:
            return False
        deadline.pause(PACE)


def _nodes(api: Api) -> Layer:
    found = api.list(path_of("Node")).items
    unready = [name_of(node) for node in found if not is_true(node, "Ready")]
    if not found:
        return Layer("nodes", up=False, seen="none has registered yet")
    return Layer("nodes", not unready, f"not Ready: {', '.join(unready)}" if unready else f"{len(found)} Ready")


def _dns(api: Api) -> Layer:
    found = api.get(path_of("Deployment", "kube-system", "coredns"))
    verdict = deployment_verdict(found) if found else None
    return Layer("DNS", bool(verdict and verdict.complete), verdict.reason if verdict else "CoreDNS is not there yet")


def _storage(api: Api) -> Layer:
    for found in api.list(path_of("StorageClass")).items:
        if at(found, "metadata", "annotations", DEFAULT_CLASS) == "true":
            return Layer("storage", up=True, seen=f"class {name_of(found)}")
    return Layer("storage", up=False, seen="there is no default StorageClass yet")
