"""How cluster and release are, read and judged without changing anything."""

from dataclasses import dataclass
from typing import Literal

from scripts.analyzers.signals import pod_signals
from scripts.analyzers.verdict import State
from scripts.core.errors import ApiRefused, SlipwayError
from scripts.core.kube import Api
from scripts.core.objects import Object, at, condition, is_true, label_of, name_of
from scripts.core.resources import path_of
from scripts.phases.address import OK, address, probe
from scripts.phases.attach import attach, ingress_address_port
from scripts.phases.context import Context
from scripts.phases.dependencies import folder_targets
from scripts.phases.layers import layers
from scripts.phases.release import INSTANCE, release_history, release_targets
from scripts.phases.stack import FOLDERS
from scripts.phases.wait import KINDS, Snapshot, Target

Health = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Row:
    """One line of the status: what, of which name, how it is, and what is seen."""

    area: str
    name: str
    health: Health
    seen: str


def status(context: Context) -> list[Row]:
    """Everything there is to say, from the cluster up to the address; it ends where a layer below is missing."""
    try:
        api = attach(context)
    except SlipwayError as error:
        return [Row("cluster", context.cluster, "fail", f"{error.sentence} {error.fix}".strip())]
    rows = [Row("cluster", layer.name, "ok" if layer.up else "fail", layer.seen) for layer in layers(api)]
    snapshot = Snapshot({kind: api.list(path_of(kind)).items for kind in KINDS})
    targets = [target for folder in FOLDERS for target in folder_targets(context, folder)]
    rows += [_workload("dependency", snapshot, target) for target in targets]
    rows += _release(context, api, snapshot)
    rows += [_autoscaler(thing) for thing in _autoscalers(context, api)]
    return [*rows, _address(ingress_address_port(api))]


def is_well(rows: list[Row]) -> bool:
    """Whether nothing failed."""
    return all(row.health != "fail" for row in rows)


def as_json(rows: list[Row]) -> Object:
    """The status for machines."""
    told = [{"area": row.area, "name": row.name, "health": row.health, "seen": row.seen} for row in rows]
    return {"well": is_well(rows), "rows": told}


def _workload(area: str, snapshot: Snapshot, target: Target) -> Row:
    verdict = snapshot.verdict(target)
    health: Health = "ok" if verdict.complete else "fail" if verdict.state is not State.PROGRESSING else "warn"
    missing = "it does not exist" if verdict.state is State.ABSENT else verdict.reason
    return Row(area, f"{target}", health if area != "dependency" or verdict.complete else "fail", missing)


def _release(context: Context, api: Api, snapshot: Snapshot) -> list[Row]:
    history = release_history(api, context.namespace, context.release)
    if not history:
        return [Row("release", context.release, "fail", "it is not installed; run: slipway up")]
    newest = history[-1]
    told = f"revision {newest.number}, {newest.status}"
    rows = [Row("release", context.release, "ok" if newest.status == "deployed" else "fail", told)]
    rows += [_workload("release", snapshot, target) for target in release_targets(context, api)]
    pods = [pod for pod in snapshot.objects["Pod"] if _is_of_release(context, pod)]
    return rows + [_pod(pod, snapshot.objects["Node"]) for pod in sorted(pods, key=name_of)]


def _is_of_release(context: Context, pod: Object) -> bool:
    ours = label_of(pod, INSTANCE) == context.release and at(pod, "metadata", "namespace") == context.namespace
    return ours and at(pod, "status", "phase") not in {"Succeeded", "Failed"}


def _pod(pod: Object, nodes: list[Object]) -> Row:
    restarts = sum(int(s.get("restartCount", 0)) for s in at(pod, "status", "containerStatuses", default=[]))
    images = ", ".join(c["image"] for c in at(pod, "spec", "containers", default=[]))
    told = f"{images} on {at(pod, 'spec', 'nodeName', default='no node')}, {restarts} restarts"
    if at(pod, "metadata", "deletionTimestamp"):
        return Row("pod", name_of(pod), "warn", f"ending, {told}")
    if is_true(pod, "Ready"):
        return Row("pod", name_of(pod), "ok", f"ready, {told}")
    signals = pod_signals([pod], nodes)
    why = f": {signals[0].message}" if signals else ""
    return Row("pod", name_of(pod), "fail", f"not ready{why}, {told}")


def _autoscalers(context: Context, api: Api) -> list[Object]:
    try:
        return api.list(path_of("HorizontalPodAutoscaler", context.namespace)).items
    except ApiRefused:
        return []


def _autoscaler(thing: Object) -> Row:
    current = at(thing, "status", "currentReplicas", default=0)
    wanted = at(thing, "status", "desiredReplicas", default=0)
    limits = f"{at(thing, 'spec', 'minReplicas', default=1)} to {at(thing, 'spec', 'maxReplicas', default='?')}"
    told = f"{current} replicas, {wanted} wanted, {limits}"
    active = condition(thing, "ScalingActive")
    if active.get("status") == "True":
        return Row("autoscaler", name_of(thing), "ok", told)
    # Metrics of new pods take a minute: a warning, not a fault.
    return Row("autoscaler", name_of(thing), "warn", f"{told}; {active.get('message', 'no metrics yet')}")


def _address(port: int) -> Row:
    seen = probe(port)
    told = "ready" if seen == f"{OK}" else f"/health/ready says {seen}"
    return Row("address", address(port), "ok" if seen == f"{OK}" else "fail", told)
