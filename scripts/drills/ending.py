"""Drills that end pods: killed, evicted, and fewer of them."""

import contextlib
import functools
from collections.abc import Iterator

from scripts.core.errors import ApiRefused
from scripts.core.objects import Object, at, name_of, uid_of
from scripts.drills.budget import Budget
from scripts.drills.by_hand import by_hand
from scripts.drills.drill import Drill, without_drain
from scripts.drills.stage import Stage

TOO_MANY_REQUESTS = 429
MOST, FEWEST = 4, 2


def _kill(stage: Stage) -> None:
    """Kill a pod without any grace; in the control all of them at once."""
    pods = stage.ready_pods()
    victims = pods if stage.control else pods[:1]
    with stage.act("kill"):
        for pod in victims:
            stage.api.delete(f"{stage.path('Pod', name_of(pod))}?gracePeriodSeconds=0")
        # The pod is gone at once, and the Deployment notices later: the replacement is what shows that it has.
        killed = {uid_of(pod) for pod in victims}
        told = "a killed pod was not replaced"
        stage.until(lambda: len(_others(stage, killed)) >= len(pods), stage.patience, told)
        stage.settle()


def _others(stage: Stage, killed: set[str]) -> list[Object]:
    """The pods that serve and are none of those."""
    return [pod for pod in stage.ready_pods() if uid_of(pod) not in killed]


def _evict(stage: Stage) -> None:
    """Evict every pod, one after the other, as a drain of their node does; the budget must hold the second one back."""
    first, second, *_ = stage.ready_pods()
    with stage.act("eviction"):
        stage.expect(holds=_evicted(stage, first) == "", otherwise="the first pod could not be evicted")
        told = _evicted(stage, second)
        stage.expect(
            holds=stage.context.release in told and "disruption budget" in told,
            otherwise="a second pod was evicted while the first was gone",
        )
        stage.settle()


def _evicted(stage: Stage, pod: Object) -> str:
    """Evict a pod (policy/v1 Eviction); what refuses it, or nothing."""
    name = name_of(pod)
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": stage.context.namespace},
    }
    try:
        stage.api.post(f"{stage.path('Pod', name)}/eviction", body)
    except ApiRefused as refused:
        if refused.status != TOO_MANY_REQUESTS:
            raise
        return str(refused)
    return ""


@contextlib.contextmanager
def _without_budget(stage: Stage) -> Iterator[None]:
    """The release without its PodDisruptionBudget, for as long as the block runs."""
    path = stage.path("PodDisruptionBudget")
    budget = stage.api.get(path) or {}
    kept = {key: at(budget, "metadata", key) for key in ("name", "namespace", "labels", "annotations")}
    stage.api.delete(path)
    try:
        yield
    finally:
        stage.api.post(
            path.rpartition("/")[0],
            {**{key: budget[key] for key in ("apiVersion", "kind", "spec")}, "metadata": kept},
        )


def _scale(stage: Stage) -> None:
    """Up to four pods and down to two, by the autoscaler's bounds: it obeys them at once, whatever the load."""
    for replicas in (MOST, FEWEST):
        bounds = {"spec": {"minReplicas": replicas, "maxReplicas": replicas}}
        with by_hand(stage.api, stage.path("HorizontalPodAutoscaler"), bounds), stage.act(f"{replicas} replicas"):
            told = f"the autoscaler did not go to {replicas}"
            stage.until(functools.partial(_has, stage, replicas), stage.patience, told)
            stage.settle()


def _has(stage: Stage, replicas: int) -> bool:
    return bool(at(stage.api.get(stage.path("Deployment")), "spec", "replicas") == replicas)


POD_KILL = Drill(
    "pod-kill",
    "A pod is killed without grace, again and again",
    Budget(share=0.01, seconds=5.0, recovery=60.0),
    _kill,
    "all pods but the killed one: every pod is killed at once",
    fewest=3,
)
EVICTION = Drill(
    "eviction",
    "A pod is evicted, as when its node is drained; a second one meanwhile is refused",
    Budget(recovery=90.0),
    _evict,
    "the PodDisruptionBudget",
    _without_budget,
    fewest=2,
)
SCALING = Drill(
    "scaling",
    "Four replicas, and two again, by the bounds of the autoscaler",
    Budget(recovery=180.0),
    _scale,
    "the drain",
    without_drain,
)
