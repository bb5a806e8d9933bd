"""`down`: removes everything that `up` has made, and looks again whether it is gone."""

from scripts.core.errors import LeftBehind, ProgramFailed, UsageError
from scripts.core.objects import Object
from scripts.core.report import Voice
from scripts.phases.context import REPOSITORY, Context, Outcome
from scripts.phases.removal import owns_network, remove_cluster
from scripts.phases.run import Course

PHASE = "down"


def down(context: Context, *, keep_images: bool) -> Object:
    """Remove the cluster, its network, the state folder, and the built images.

    Raises:
        UsageError: A cluster of this name exists that slipway did not make.
        LeftBehind: Something is still there; it names what.
    """
    course = Course(context)
    there = inventory(context, keep_images=keep_images)
    if not there and not context.state.exists:
        course.go(PHASE, lambda: Outcome(changed=False, message="there is nothing of ours on this machine"))
        return {"removed": [], "phases": course.phases}
    _refuse_foreign(context)
    with context.state.locked("down"):
        course.go(PHASE, lambda: _remove(context, there, keep_images=keep_images))
    return {"removed": there, "phases": course.phases}


def inventory(context: Context, *, keep_images: bool) -> list[str]:
    """The names of what docker has of ours."""
    nodes = [f"container {node.name}" for node in context.docker.nodes(context.cluster)]
    network = [f"network {context.cluster}"] if owns_network(context) else []
    images = [] if keep_images else [f"image {tag}" for tag in context.docker.tags(REPOSITORY)]
    return [*nodes, *network, *images]


def _refuse_foreign(context: Context) -> None:
    ours = context.state.exists or owns_network(context)
    if context.docker.nodes(context.cluster) and not ours:
        raise UsageError(
            f"The kind cluster {context.cluster} was not made by slipway.",
            fix=f"Remove it yourself: kind delete cluster --name {context.cluster}",
            code="cluster.foreign",
        )


def _remove(context: Context, there: list[str], *, keep_images: bool) -> Outcome:
    voice = context.voice(PHASE)
    with voice.waiting(f"the cluster {context.cluster} to be removed"):
        remove_cluster(context)
        if not keep_images:
            _remove_images(context, voice)
    left = inventory(context, keep_images=keep_images)
    if left:
        raise LeftBehind(
            f"Still there: {', '.join(left)}.",
            fix="Something else may use it; try again: slipway down.",
            code="down.left",
        )
    context.state.remove()
    return Outcome(changed=True, message=f"removed {', '.join(there) or 'the state folder'}")


def _remove_images(context: Context, voice: Voice) -> None:
    tags = context.docker.tags(REPOSITORY)
    if not tags:
        return
    try:
        context.docker.remove_images(tags)
    except ProgramFailed as failed:
        voice.say("warn", REPOSITORY, f"docker keeps an image: {failed.last_line}", code="down.image")
