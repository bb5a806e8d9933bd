"""`down`: removes everything that `up` has made, and looks again whether it is gone."""

from dataclasses import dataclass

from scripts.core.errors import LeftBehind, ProgramFailed, UsageError
from scripts.core.objects import Object
from scripts.core.report import Voice
from scripts.phases.context import REPOSITORY, Context, Outcome
from scripts.phases.removal import network_guests, owns_network, remove_cluster
from scripts.phases.run import Course

PHASE = "down"
STATE = "state folder"


@dataclass(frozen=True)
class Removal(Outcome):
    """What was removed, by name."""

    removed: tuple[str, ...] = ()


def down(context: Context, *, keep_images: bool) -> Object:
    """Remove the cluster, its network, the state folder, and the built images.

    A network that somebody else's containers use is left to them, and said.

    Raises:
        UsageError: A cluster of this name exists that slipway did not make.
        LeftBehind: Something is still there; it names what.
    """
    course = Course(context)
    there = [*inventory(context, keep_images=keep_images), *([STATE] if context.state.exists else [])]
    if not there:
        course.go(PHASE, lambda: Outcome(changed=False, message="there is nothing of ours on this machine"))
        return {"removed": [], "phases": course.phases}
    _refuse_foreign(context)
    with context.state.locked("down"):
        removal = course.go(PHASE, lambda: _remove(context, there, keep_images=keep_images))
    return {"removed": removal.removed, "phases": course.phases}


def inventory(context: Context, *, keep_images: bool) -> list[str]:
    """The names of what docker has of ours."""
    nodes = [f"container {node.name}" for node in context.docker.nodes(context.cluster)]
    network = [_network_name(context)] if owns_network(context) else []
    images = [] if keep_images else [f"image {tag}" for tag in context.docker.tags(REPOSITORY)]
    return [*nodes, *network, *images]


def _network_name(context: Context) -> str:
    return f"network {context.cluster}"


def _refuse_foreign(context: Context) -> None:
    ours = context.state.exists or owns_network(context)
    if context.docker.nodes(context.cluster) and not ours:
        raise UsageError(
            f"The kind cluster {context.cluster} was not made by slipway.",
            fix=f"Remove it yourself: kind delete cluster --name {context.cluster}",
            code="cluster.foreign",
        )


def _remove(context: Context, there: list[str], *, keep_images: bool) -> Removal:
    voice = context.voice(PHASE)
    with voice.waiting(f"the cluster {context.cluster} to be removed"):
        remove_cluster(context)
        if not keep_images:
            _remove_images(context, voice)
    shared = _shared_network(context, voice)
    left = [name for name in inventory(context, keep_images=keep_images) if name not in shared]
    if left:
        raise LeftBehind(
            f"Still there: {', '.join(left)}.",
            fix="Something else may use it; try again: slipway down.",
            code="down.left",
        )
    context.state.remove()
    removed = tuple(name for name in there if name not in shared)
    told = f"removed {', '.join(removed)}" if removed else "nothing more can be removed"
    return Removal(changed=bool(removed), message=told, removed=removed)


def _shared_network(context: Context, voice: Voice) -> list[str]:
    guests = network_guests(context) if owns_network(context) else []
    if not guests or context.docker.nodes(context.cluster):
        return []
    voice.say("warn", context.cluster, f"its network is left to {', '.join(guests)}", code="down.network")
    return [_network_name(context)]


def _remove_images(context: Context, voice: Voice) -> None:
    tags = context.docker.tags(REPOSITORY)
    if not tags:
        return
    try:
        context.docker.remove_images(tags)
    except ProgramFailed as failed:
        voice.say("warn", REPOSITORY, f"docker keeps an image: {failed.reason}", code="down.image")
