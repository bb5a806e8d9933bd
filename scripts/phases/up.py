"""`up` and `deploy`: the phases in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.core.objects import Object
from scripts.phases import address, cluster, dependencies, images, preflight, release
from scripts.phases.attach import attach, ingress_address_port
from scripts.phases.cluster_file import Wish, wanted_config
from scripts.phases.context import Context
from scripts.phases.run import Course

ADDRESS_SECONDS = 120.0


@dataclass(frozen=True)
class Changes:
    """What `deploy` is asked to change."""

    values: Sequence[Path] = ()
    settings: Sequence[str] = ()
    tag: str = ""
    patience: float = 300.0


def up(context: Context, wish: Wish) -> Object:
    """Bring machine, cluster, images, dependencies and release to what the checkout says.

    Returns:
        The result for machines: address, tag, whether anything changed, and the phases with their seconds.
    """
    course = Course(context)
    with context.state.locked("up"):
        flight = course.go(preflight.PHASE, lambda: preflight.preflight(context, wish))
        config = wanted_config(context.project, context.cluster, wish, flight.facts)
        course.go(cluster.PHASE, lambda: cluster.reconcile_cluster(context, config, wish))
        store = flight.containerd_store
        shipped = course.go(images.PHASE, lambda: images.reconcile_images(context, containerd_store=store))
        course.go(dependencies.PHASE, lambda: dependencies.reconcile_dependencies(context, wish.patience))
        order = release.Order(shipped.tag, patience=wish.patience)
        course.go(release.PHASE, lambda: release.reconcile_release(context, order))
        _reach(course, wish.port, wish.patience)
    return _result(course, wish.port, shipped.tag)


def deploy(context: Context, changes: Changes) -> Object:
    """Bring a new image or other values to a cluster that runs.

    Raises:
        UsageError: There is no cluster.
        ClusterError: It does not answer.
    """
    course = Course(context)
    with context.state.locked("deploy"):
        api = attach(context)
        port = ingress_address_port(api)
        store = preflight.has_containerd_store(context.docker.info())
        shipped = course.go(
            images.PHASE, lambda: images.reconcile_images(context, containerd_store=store, tag=changes.tag)
        )
        order = release.Order(shipped.tag, changes.values, changes.settings, changes.patience)
        course.go(release.PHASE, lambda: release.reconcile_release(context, order))
        _reach(course, port, changes.patience)
    return _result(course, port, shipped.tag)


def _reach(course: Course, port: int, patience: float) -> None:
    seconds = min(ADDRESS_SECONDS, patience)
    course.go(address.PHASE, lambda: address.await_address(course.context, port, seconds))


def _result(course: Course, port: int, tag: str) -> Object:
    return {
        "address": address.address(port),
        "cluster": course.context.cluster,
        "kubeconfig": str(course.context.state.kubeconfig),
        "tag": tag,
        "changed": course.changed,
        "phases": course.phases,
    }
