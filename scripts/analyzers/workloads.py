"""The verdicts on StatefulSets, DaemonSets and Jobs."""

from scripts.analyzers.verdict import State, Verdict, lagging, number, verdict
from scripts.core.objects import Object, at, condition


def stateful_set_verdict(thing: Object) -> Verdict:
    """Judge a StatefulSet; pods below `partition` keep the old revision on purpose."""
    return lagging(thing) or _stateful_moving(thing) or verdict(thing, State.COMPLETE, "all pods are ready")


def daemon_set_verdict(thing: Object) -> Verdict:
    """Judge a DaemonSet: every node that should run it runs the new one, available."""
    wanted = number(thing, "status", "desiredNumberScheduled")
    updated = number(thing, "status", "updatedNumberScheduled")
    available = number(thing, "status", "numberAvailable")
    late = lagging(thing)
    if late:
        return late
    if updated < wanted:
        return verdict(thing, State.PROGRESSING, f"{updated} of {wanted} nodes run the new pod")
    if available < wanted:
        return verdict(thing, State.PROGRESSING, f"{available} of {wanted} nodes have it available")
    return verdict(thing, State.COMPLETE, f"available on {wanted} nodes")


def job_verdict(thing: Object) -> Verdict:
    """Judge a Job. `SuccessCriteriaMet` and `FailureTarget` come before `Complete` and `Failed` (KEP-3998)."""
    for kind in ("Failed", "FailureTarget"):
        found = condition(thing, kind)
        if found.get("status") == "True":
            reason = f"{found.get('reason')}: {found.get('message')}"
            return verdict(thing, State.FAILED, reason, "JOB-FAILED")
    if any(condition(thing, kind).get("status") == "True" for kind in ("Complete", "SuccessCriteriaMet")):
        return verdict(thing, State.COMPLETE, "it succeeded")
    if at(thing, "spec", "suspend"):
        return verdict(thing, State.PAUSED, "the Job is suspended", "JOB-SUSPENDED")
    active, failed = number(thing, "status", "active"), number(thing, "status", "failed")
    return verdict(thing, State.PROGRESSING, f"{active} pods run, {failed} have failed")


def _stateful_moving(thing: Object) -> Verdict | None:
    wanted = number(thing, "spec", "replicas", default=1)
    partition = number(thing, "spec", "updateStrategy", "rollingUpdate", "partition")
    due = max(0, wanted - partition)
    updated, ready = number(thing, "status", "updatedReplicas"), number(thing, "status", "readyReplicas")
    if updated < due and _strategy(thing) != "OnDelete":
        return verdict(thing, State.PROGRESSING, f"{updated} of {due} pods are of the new revision")
    if ready < wanted:
        return verdict(thing, State.PROGRESSING, f"{ready} of {wanted} pods are ready")
    if _between_revisions(thing) and not partition and _strategy(thing) != "OnDelete":
        return verdict(thing, State.PROGRESSING, "the new revision is not the current one yet")
    return None


def _between_revisions(thing: Object) -> bool:
    current, update = at(thing, "status", "currentRevision"), at(thing, "status", "updateRevision")
    return bool(current and update and current != update)


def _strategy(thing: Object) -> str:
    return str(at(thing, "spec", "updateStrategy", "type", default="RollingUpdate"))
