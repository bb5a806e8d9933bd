"""The verdict on a Deployment, in an order that a rolling update with surge cannot fool."""

from collections.abc import Iterable

from scripts.analyzers.verdict import State, Verdict, lagging, number, verdict
from scripts.core.objects import Object, at, condition, owned_by, uid_of

REVISION = "deployment.kubernetes.io/revision"


def deployment_verdict(
    deployment: Object, pods: Iterable[Object] = (), *, settle: bool = False, least: int = 0
) -> Verdict:
    """Judge a Deployment.

    Args:
        deployment: The object.
        pods: All its pods, of the new and the old ReplicaSets.
        settle: Whether pods that are still ending count as not done; needed before requests are counted.
        least: The replicas that its autoscaler gives it at the least; 0 where it has none.
    """
    return (
        lagging(deployment)
        or _held_or_failed(deployment)
        or _below(deployment, least)
        or _moving(deployment)
        or (_settling(deployment, pods) if settle else None)
        or verdict(deployment, State.COMPLETE, f"{_wanted(deployment)} of {_wanted(deployment)} available")
    )


def newest_replica_set(deployment: Object, replica_sets: Iterable[Object]) -> Object | None:
    """The ReplicaSet of the Deployment's current revision: the only one whose pods say how the rollout goes."""
    revision = at(deployment, "metadata", "annotations", REVISION)
    for candidate in owned_by(replica_sets, uid_of(deployment)):
        if at(candidate, "metadata", "annotations", REVISION) == revision:
            return candidate
    return None


def newest_pods(deployment: Object, replica_sets: Iterable[Object], pods: Iterable[Object]) -> list[Object]:
    """The pods of the newest ReplicaSet that are not being deleted."""
    newest = newest_replica_set(deployment, replica_sets)
    if newest is None:
        return []
    return [pod for pod in owned_by(pods, uid_of(newest)) if not at(pod, "metadata", "deletionTimestamp")]


def all_pods(deployment: Object, replica_sets: Iterable[Object], pods: Iterable[Object]) -> list[Object]:
    """The pods of every ReplicaSet of the Deployment, also those that are being deleted."""
    pods = list(pods)
    return [pod for owner in owned_by(replica_sets, uid_of(deployment)) for pod in owned_by(pods, uid_of(owner))]


def _held_or_failed(deployment: Object) -> Verdict | None:
    if at(deployment, "spec", "paused"):
        return verdict(deployment, State.PAUSED, "the rollout is paused", "ROLL-PAUSED")
    progress = condition(deployment, "Progressing")
    if progress.get("status") == "False" and progress.get("reason") == "ProgressDeadlineExceeded":
        return verdict(deployment, State.FAILED, str(progress.get("message")), "ROLL-DEADLINE")
    failure = condition(deployment, "ReplicaFailure")
    if failure.get("status") == "True":
        return verdict(deployment, State.FAILED, str(failure.get("message")), "ADMIT-REFUSED")
    return None


def _below(deployment: Object, least: int) -> Verdict | None:
    """Whether the autoscaler has not had its say yet; it leaves a Deployment alone that was scaled to zero."""
    wanted = _wanted(deployment)
    if not 0 < wanted < least:
        return None
    told = f"{wanted} of at least {least} pods are asked for: its autoscaler has not looked yet"
    return verdict(deployment, State.PROGRESSING, told)


def _moving(deployment: Object) -> Verdict | None:
    wanted = _wanted(deployment)
    total = number(deployment, "status", "replicas")
    updated = number(deployment, "status", "updatedReplicas")
    available = number(deployment, "status", "availableReplicas")
    if updated < wanted:
        return verdict(deployment, State.PROGRESSING, f"{updated} of {wanted} new pods are made")
    if total > updated:
        return verdict(deployment, State.PROGRESSING, f"{total - updated} old pods are still there")
    if available < updated:
        return verdict(deployment, State.PROGRESSING, f"{available} of {updated} new pods are available")
    return None


def _settling(deployment: Object, pods: Iterable[Object]) -> Verdict | None:
    ending = [pod for pod in pods if at(pod, "metadata", "deletionTimestamp")]
    count = max(len(ending), number(deployment, "status", "terminatingReplicas"))
    return verdict(deployment, State.SETTLING, f"{count} old pods are ending") if count else None


def _wanted(deployment: Object) -> int:
    return number(deployment, "spec", "replicas", default=1)
