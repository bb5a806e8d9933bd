"""What is to be done with a cluster, from what is there and what is wanted."""

from dataclasses import dataclass
from enum import StrEnum

from scripts.analyzers.differences import differences
from scripts.core.docker import Node
from scripts.core.objects import Object

BEGUN = "an earlier run was stopped while it created it"


class Action(StrEnum):
    """The next step towards the wanted cluster."""

    CREATE = "create"
    START = "start"
    REPLACE = "replace"
    REFUSE = "refuse"
    KEEP = "keep"


@dataclass(frozen=True)
class Plan:
    """A step, why, and the lines that show it."""

    action: Action
    reason: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What is there of a cluster.

    Attributes:
        nodes: Its containers.
        has_kubeconfig: Whether its control plane has made one; None where nobody has asked yet.
        answers: Whether its API answers; None where nobody has asked yet.
        mark: The configuration that the cluster itself remembers; None where it has no such mark.
        begun: Whether this checkout began to create it and did not finish.
    """

    nodes: tuple[Node, ...]
    has_kubeconfig: bool | None = None
    answers: bool | None = None
    mark: Object | None = None
    begun: bool = False


def containers_plan(seen: Seen) -> Plan | None:
    """The step that the containers alone decide, or None where the API has to be asked."""
    if not seen.nodes:
        return Plan(Action.CREATE, "there is none")
    if any(node.state in {"created", "dead", "removing"} for node in seen.nodes):
        return Plan(Action.REPLACE, "a node container was never started or is broken")
    if not any(node.role == "control-plane" for node in seen.nodes):
        return Plan(Action.REPLACE, "its control plane is gone")
    stopped = [node.name for node in seen.nodes if not node.running]
    if stopped and seen.begun:
        return Plan(Action.REPLACE, BEGUN)
    if stopped:
        return Plan(Action.START, f"{', '.join(stopped)} {'is' if len(stopped) == 1 else 'are'} stopped")
    return None


def cluster_plan(seen: Seen, wanted: Object) -> Plan:
    """The step towards the `wanted` configuration of a cluster whose containers run."""
    if not seen.answers:
        half = "its control plane has no admin.conf: it was never finished"
        return Plan(Action.REPLACE, "its API does not answer" if seen.has_kubeconfig else half)
    if seen.mark is None:
        return Plan(Action.REPLACE, BEGUN) if seen.begun else Plan(Action.REFUSE, "it was not made by slipway")
    changed = differences(seen.mark, wanted)
    if changed:
        return Plan(Action.REFUSE, "it runs with another configuration", tuple(changed))
    missing = len(wanted.get("nodes") or [{}]) - len(seen.nodes)
    if missing > 0:
        return Plan(Action.REPLACE, f"{missing} of its nodes are gone")
    return Plan(Action.KEEP, f"{len(seen.nodes)} nodes run")
