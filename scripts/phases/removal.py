"""Removes a cluster: its containers and its network, and looks again until they are gone."""

import contextlib

from scripts.core.deadline import Deadline
from scripts.core.docker import OWNER_LABEL
from scripts.core.errors import ProgramFailed
from scripts.core.objects import at
from scripts.phases.context import Context

# A docker client that was killed may leave the daemon at work: a container can appear after the first look.
QUIET_LOOKS = 2
PACE = 0.5
SECONDS = 10.0


def remove_cluster(context: Context) -> list[str]:
    """Delete the cluster, and its network unless others use it; the names of what is still there are returned.

    Raises:
        ProgramFailed: kind could not be run to its end.
    """
    deadline = Deadline(SECONDS)
    quiet = 0
    while quiet < QUIET_LOOKS and not deadline.passed:
        if context.docker.nodes(context.cluster):
            context.kind.delete()
            quiet = 0
        else:
            quiet += 1
            deadline.pause(PACE if quiet < QUIET_LOOKS else 0)
    left = [node.name for node in context.docker.nodes(context.cluster)]
    return left or _remove_network(context)


def owns_network(context: Context) -> bool:
    """Whether there is a network of the cluster's name that was made for it."""
    found = context.docker.network(context.cluster)
    return bool(found and at(found, "Labels", OWNER_LABEL) == context.cluster)


def network_guests(context: Context) -> list[str]:
    """The containers in the network of the cluster; once its nodes are gone, those of somebody else."""
    found = at(context.docker.network(context.cluster), "Containers", default={})
    return sorted(str(guest.get("Name", "")) for guest in found.values())


def _remove_network(context: Context) -> list[str]:
    if not owns_network(context) or network_guests(context):
        return []  # somebody else's container is not ours to cut off
    with contextlib.suppress(ProgramFailed):
        context.docker.remove_network(context.cluster)
    return [f"network {context.cluster}"] if owns_network(context) else []
