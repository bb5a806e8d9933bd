"""Waits for workloads: every change is judged, and the first sure sign of failure ends the wait."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scripts.analyzers.deployments import all_pods, deployment_verdict, newest_pods
from scripts.analyzers.patience import Patience
from scripts.analyzers.signals import Grade, Signal, pod_signals
from scripts.analyzers.verdict import State, Verdict
from scripts.analyzers.workloads import daemon_set_verdict, job_verdict, stateful_set_verdict
from scripts.core.deadline import Deadline
from scripts.core.kube import Api
from scripts.core.mirror import Mirror
from scripts.core.objects import Object, at, name_of, owned_by, uid_of
from scripts.core.report import Voice
from scripts.core.resources import path_of
from scripts.phases.evidence import failed_by_signal, failed_by_verdict, ran_out_of_time

KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet", "Pod", "Node")
LONGEST_WAIT = 5.0


@dataclass(frozen=True)
class Target:
    """A workload that is waited for.

    Attributes:
        kind: Deployment, StatefulSet, DaemonSet or Job.
        namespace: Where it is.
        name: Its name.
        least: The replicas that a Deployment gets from its autoscaler at the least; 0 where it has none.
    """

    kind: str
    namespace: str
    name: str
    least: int = 0

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True)
class Snapshot:
    """The objects of one moment, by kind."""

    objects: dict[str, list[Object]]

    def find(self, target: Target) -> Object | None:
        """The object of `target`, or None."""
        return next((thing for thing in self.objects[target.kind] if _is(thing, target)), None)

    def pods_of(self, target: Target) -> list[Object]:
        """The pods that say how the rollout of `target` goes: those of its newest revision."""
        thing = self.find(target)
        if thing is None:
            return []
        if target.kind == "Deployment":
            return newest_pods(thing, self.objects["ReplicaSet"], self.objects["Pod"])
        return owned_by(self.objects["Pod"], uid_of(thing))

    def verdict(self, target: Target, *, settle: bool = False) -> Verdict:
        """What is said of `target` in this moment."""
        thing = self.find(target)
        if thing is None:
            return Verdict(State.ABSENT, "it does not exist yet")
        if target.kind == "Deployment":
            pods = all_pods(thing, self.objects["ReplicaSet"], self.objects["Pod"]) if settle else []
            return deployment_verdict(thing, pods, settle=settle, least=target.least)
        return {"StatefulSet": stateful_set_verdict, "DaemonSet": daemon_set_verdict, "Job": job_verdict}[target.kind](
            thing
        )


def await_workloads(
    api: Api, targets: Sequence[Target], voice: Voice, deadline: Deadline, *, settle: bool = False
) -> None:
    """Return when every target is complete.

    Args:
        api: The cluster.
        targets: What to wait for.
        voice: Where the waiting is told.
        deadline: The backstop.
        settle: Whether the pods of the revision before must be gone, too.

    Raises:
        RolloutFailed: One has failed, or a pod will never be ready; the cause is told.
        RolloutTimeout: The deadline passed and no cause shows.
    """
    if not settle and all(_is_complete(api, target) for target in targets):
        return
    patience = Patience()
    with Mirror(api, KINDS) as mirror, voice.waiting(", ".join(map(str, targets))) as now:
        await_whole(mirror, deadline)
        while True:
            snapshot = Snapshot({kind: mirror.objects(kind) for kind in KINDS})
            open_targets = _open(snapshot, targets, settle=settle)
            if not open_targets:
                return
            signals = _judge(api, snapshot, open_targets, patience)
            left = patience.soonest(signals, time.monotonic())
            now(_told(open_targets, signals, left))
            if deadline.passed:
                raise ran_out_of_time(api, open_targets, signals, deadline.seconds)
            mirror.wait(min(LONGEST_WAIT, deadline.left, LONGEST_WAIT if left is None else left + 0.05))


def await_whole(mirror: Mirror, deadline: Deadline) -> None:
    """Wait until every collection was read once; the deadline is judged by who asks."""
    while not mirror.whole and not deadline.passed:
        mirror.wait(min(LONGEST_WAIT, deadline.left))


def _judge(
    api: Api, snapshot: Snapshot, open_targets: Sequence[tuple[Target, Verdict]], patience: Patience
) -> list[Signal]:
    signals = [
        signal
        for target, _ in open_targets
        for signal in pod_signals(snapshot.pods_of(target), snapshot.objects["Node"])
    ]
    for target, verdict in open_targets:
        if verdict.state in {State.FAILED, State.PAUSED}:
            raise failed_by_verdict(api, f"{target}", verdict, _signals_of(snapshot, target))
    final = patience.verdict(signals, time.monotonic())
    if final:
        raise failed_by_signal(api, final)
    return signals


def _signals_of(snapshot: Snapshot, target: Target) -> list[Signal]:
    return pod_signals(snapshot.pods_of(target), snapshot.objects["Node"])


def _open(snapshot: Snapshot, targets: Iterable[Target], *, settle: bool) -> list[tuple[Target, Verdict]]:
    judged = [(target, snapshot.verdict(target, settle=settle)) for target in targets]
    return [(target, verdict) for target, verdict in judged if not verdict.complete]


def _told(open_targets: Sequence[tuple[Target, Verdict]], signals: list[Signal], left: float | None) -> str:
    told = "; ".join(f"{target}: {verdict.reason}" for target, verdict in open_targets)
    worst = next((signal for signal in signals if signal.grade is not Grade.SYMPTOM), None)
    if worst is None or left is None:
        return told
    return f"{told}; {worst.pod}: {worst.message}; giving up in {left:.0f} s unless it changes"


def _is_complete(api: Api, target: Target) -> bool:
    thing = api.get(path_of(target.kind, target.namespace, target.name))
    if thing is None:
        return False
    return Snapshot({target.kind: [thing]}).verdict(target).complete


def _is(thing: Object, target: Target) -> bool:
    return name_of(thing) == target.name and at(thing, "metadata", "namespace", default="") == target.namespace
