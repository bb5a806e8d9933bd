"""What helm, kubectl and the controllers do inside the cluster."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from scripts.core.resources import RESOURCES
from tests.tool.world.api import FakeApi, Hook
from tests.tool.world.machine import Answer
from tests.tool.world.objects import APPS, BATCH, CORE, REVISION, complete, condition

Thing = dict[str, Any]
Rollout = Callable[[FakeApi, str, Thing], None]


def done(api: FakeApi, collection: str, thing: Thing) -> None:
    """The controllers bring every workload to its end at once."""
    meta = thing["metadata"]
    wanted = thing.get("spec", {}).get("replicas", 1)
    statuses = {
        f"{APPS}/deployments": complete(wanted),
        f"{APPS}/statefulsets": {"updatedReplicas": wanted, "readyReplicas": wanted},
        f"{BATCH}/jobs": {"conditions": [condition("Complete", "True")]},
    }
    if collection in statuses:
        status = {"observedGeneration": meta["generation"], **statuses[collection]}
        api.set_status(collection, meta["namespace"], meta["name"], status)


def stays(status: Thing, *pods: Thing) -> Rollout:
    """A rollout that stops at `status`, with `pods` of its newest ReplicaSet."""

    def roll(api: FakeApi, collection: str, thing: Thing) -> None:
        if collection not in {f"{APPS}/deployments", f"{BATCH}/jobs"} or thing["metadata"]["name"] != "slipway":
            done(api, collection, thing)
            return
        meta = thing["metadata"]
        owner: Thing = {"name": "slipway-1", "namespace": "slipway", "annotations": {REVISION: "1"}}
        owner["ownerReferences"] = [{"uid": meta["uid"]}]
        stored = api.put(f"{APPS}/replicasets", {"metadata": owner})
        for pod in pods:
            refs = [{"uid": stored["metadata"]["uid"]}]
            api.put(f"{CORE}/pods", {**pod, "metadata": {**pod["metadata"], "ownerReferences": refs}})
        full = {"observedGeneration": meta["generation"], **status}
        api.set_status(collection, meta["namespace"], meta["name"], full)

    return roll


@dataclass
class Inside:
    """The programs that change the cluster, and how its rollouts go.

    Attributes:
        api: The cluster's API.
        rollout: What the controllers do with a workload.
        helm_refuses: What helm writes to stderr where it refuses.
        kubectl_refuses: The same of kubectl.
        applied: The names of the objects that kubectl has applied.
    """

    api: FakeApi
    rollout: Rollout = done
    helm_version: str = "v4.3.1+g0000000"
    kubectl_version: str = "v1.34.4"
    helm_refuses: str = ""
    kubectl_refuses: str = ""
    applied: list[str] = field(default_factory=list)

    def controllers(self) -> Hook:
        return lambda collection, thing: self.rollout(self.api, collection, thing)

    def kubectl(self, argv: list[str], call: Thing) -> Answer:
        if argv[0] == "version":
            return Answer(output=json.dumps({"clientVersion": {"gitVersion": self.kubectl_version}}))
        if self.kubectl_refuses:
            return Answer(1, "", self.kubectl_refuses)
        for thing in json.loads(call["stdin"])["items"]:
            self.applied.append(thing["metadata"]["name"])
            resource = RESOURCES[thing["kind"]]
            self.api.put(resource.path(), thing)
        return Answer(output="applied\n")

    def helm(self, argv: list[str], _call: Thing) -> Answer:
        if argv[0] == "version":
            return Answer(output=self.helm_version + "\n")
        verbs = {"upgrade": self._upgrade, "rollback": self._rollback, "uninstall": self._uninstall}
        return verbs[argv[0]](argv)

    def revision(self, number: int, status: str, fingerprint: str = "") -> None:
        """A revision as Helm keeps it."""
        labels = {"owner": "helm", "name": "slipway", "status": status, "version": str(number)}
        labels["slipway.dev/fingerprint"] = fingerprint
        name = f"sh.helm.release.v1.slipway.v{number}"
        self.api.put(f"{CORE}/secrets", {"metadata": {"name": name, "labels": labels}}, "slipway")

    def revisions(self) -> list[Thing]:
        return self.api.items(f"{CORE}/secrets", "slipway", "owner=helm")

    def _upgrade(self, argv: list[str]) -> Answer:
        number = len(self.revisions()) + 1
        if self.helm_refuses:
            return Answer(1, "", self.helm_refuses)
        if any(r["metadata"]["labels"]["status"].startswith("pending") for r in self.revisions()):
            return Answer(1, "", "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress\n")
        tag = argv[argv.index("--set-string") + 1].partition("=")[2]
        fingerprint = argv[argv.index("--labels") + 1].partition("=")[2]
        self._supersede()
        self._objects(tag, [argv[i + 1] for i, word in enumerate(argv) if word == "--set"])
        self.revision(number, "deployed", fingerprint)
        return Answer(output="deployed\n")

    def _objects(self, tag: str, settings: list[str]) -> None:
        labels = {"app.kubernetes.io/instance": "slipway", "app.kubernetes.io/component": "api"}
        job = {"name": "slipway-migrate", "namespace": "slipway"}
        job_labels = {**labels, "app.kubernetes.io/component": "migration"}
        self.api.put(f"{BATCH}/jobs", {"kind": "Job", "metadata": {**job, "labels": job_labels}, "spec": {}})
        template = {"spec": {"containers": [{"name": "slipway", "image": f"slipway:{tag}", "args": settings}]}}
        main = {"name": "slipway", "namespace": "slipway", "labels": labels, "annotations": {REVISION: "1"}}
        spec = {"replicas": 2, "template": template}
        self.api.put(f"{APPS}/deployments", {"kind": "Deployment", "metadata": main, "spec": spec})

    def _supersede(self, status: str = "superseded") -> None:
        for thing in self.revisions():
            if thing["metadata"]["labels"]["status"] == "deployed":
                thing["metadata"]["labels"]["status"] = status
                self.api.put(f"{CORE}/secrets", thing)

    def _rollback(self, argv: list[str]) -> Answer:
        for thing in self.revisions():
            if thing["metadata"]["labels"]["status"].startswith("pending"):
                thing["metadata"]["labels"]["status"] = "failed"
                self.api.put(f"{CORE}/secrets", thing)
        self.revision(len(self.revisions()) + 1, "deployed", f"of-{argv[2]}")
        return Answer()

    def _uninstall(self, _argv: list[str]) -> Answer:
        for thing in self.revisions():
            self.api.remove(f"{CORE}/secrets", "slipway", thing["metadata"]["name"])
        return Answer()
