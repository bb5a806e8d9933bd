"""Kubernetes objects for tests, as short as they can be."""

from typing import Any

Thing = dict[str, Any]

APPS, CORE, BATCH = "/apis/apps/v1", "/api/v1", "/apis/batch/v1"
REVISION = "deployment.kubernetes.io/revision"


def deployment(
    name: str = "web", *, uid: str = "d1", replicas: int | None = 2, revision: str = "1", **status: Any
) -> Thing:
    """A Deployment; `generation` and `paused` go where they belong, the rest is its status."""
    generation = status.pop("generation", 1)
    paused = status.pop("paused", None)
    spec = {key: value for key, value in (("replicas", replicas), ("paused", paused)) if value is not None}
    return {
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "namespace": "slipway",
            "uid": uid,
            "generation": generation,
            "resourceVersion": "1",
            "annotations": {REVISION: revision},
        },
        "spec": spec,
        "status": {"observedGeneration": generation, **status},
    }


def complete(replicas: int = 2) -> Thing:
    """The counts of a Deployment that has nothing left to do."""
    names = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    return dict.fromkeys(names, replicas)


def condition(kind: str, status: str, reason: str = "", message: str = "") -> Thing:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def replica_set(name: str = "web-1", *, uid: str = "r1", owner: str = "d1", revision: str = "1") -> Thing:
    return {
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": "slipway",
            "uid": uid,
            "annotations": {REVISION: revision},
            "ownerReferences": [{"uid": owner, "kind": "Deployment"}],
        },
    }


def pod(name: str = "web-1-a", *, uid: str = "p1", owner: str = "r1", **status: Any) -> Thing:
    """A pod; `deleted` sets its deletion timestamp, `spec` its spec, the rest is its status."""
    meta: Thing = {"name": name, "namespace": "slipway", "uid": uid, "ownerReferences": [{"uid": owner}]}
    if status.pop("deleted", False):
        meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {"kind": "Pod", "metadata": meta, "spec": status.pop("spec", {}), "status": status}


def waiting(reason: str, message: str = "", **more: Any) -> Thing:
    return {"name": "slipway", "ready": False, "state": {"waiting": {"reason": reason, "message": message}}, **more}


def crashed(code: int, restarts: int, reason: str = "Error") -> Thing:
    """A container between two crashes."""
    ended = {"exitCode": code, "reason": reason}
    return waiting("CrashLoopBackOff", restartCount=restarts, lastState={"terminated": ended})


def node(name: str = "slipway-control-plane", *, ready: bool = True, cpu: str = "2", memory: str = "8Gi") -> Thing:
    return {
        "kind": "Node",
        "metadata": {"name": name},
        "status": {
            "allocatable": {"cpu": cpu, "memory": memory},
            "conditions": [condition("Ready", "True" if ready else "False")],
        },
    }
