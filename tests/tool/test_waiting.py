"""The wait for workloads, against a live fake API: the first sure sign ends it, and the deadline is a backstop."""

import threading
from typing import Any

import pytest

from scripts.core.deadline import Deadline
from scripts.core.errors import RolloutFailed, RolloutTimeout
from scripts.core.kube import Api
from scripts.core.report import Event, Voice
from scripts.phases.wait import Target, await_workloads
from tests.tool.world.api import FakeApi
from tests.tool.world.objects import (
    APPS,
    CORE,
    complete,
    condition,
    crashed,
    deployment,
    node,
    pod,
    replica_set,
    waiting,
)

Thing = dict[str, Any]
WEB = Target("Deployment", "slipway", "web")
DEPLOYMENTS = f"{APPS}/deployments"


class Ear:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def emit(self, event: Event) -> None:
        self.heard.append(event.message)

    def wait(self, phase: str, what: str | None) -> None:
        self.heard.append(f"{phase}: {what}")

    def show(self, text: str) -> None:
        self.heard.append(text)

    def close(self) -> None: ...


@pytest.fixture
def ear() -> Ear:
    return Ear()


def put_web(fake: FakeApi, *pods: Thing, revision: str = "1", **status: Any) -> None:
    web = deployment(revision=revision, **status)
    fake.put(DEPLOYMENTS, web)
    fake.put(f"{APPS}/replicasets", replica_set(revision=revision))
    fake.put(f"{CORE}/nodes", node())
    for one in pods:
        fake.put(f"{CORE}/pods", one)


def wait(api: Api, ear: Ear, seconds: float = 20, *, settle: bool = False, target: Target = WEB) -> None:
    await_workloads(api, [target], Voice(ear, "release"), Deadline(seconds), settle=settle)


def test_complete_workload_is_not_watched(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    put_web(fake_api, **complete())
    wait(api, ear)
    assert fake_api.lists == []
    assert ear.heard == []


def test_it_ends_with_the_change_that_completes_it(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    put_web(fake_api, replicas=None)
    status = {"observedGeneration": 1, **complete(1)}
    threading.Timer(0.3, lambda: fake_api.set_status(DEPLOYMENTS, "slipway", "web", status)).start()
    wait(api, ear)
    assert any("Deployment/web: 0 of 1 new pods are made" in line for line in ear.heard)


def test_workload_that_does_not_exist_yet_is_waited_for(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    threading.Timer(0.3, lambda: put_web(fake_api, **complete())).start()
    wait(api, ear)
    assert any("it does not exist yet" in line for line in ear.heard)


def test_certain_signal_ends_it_at_once_with_its_event(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    bad = waiting("InvalidImageName", 'couldn\'t parse image name "Slip:way:1"')
    put_web(fake_api, pod(containerStatuses=[bad]))
    event = {"metadata": {"name": "e"}, "type": "Warning", "reason": "InspectFailed", "message": "bad image"}
    fake_api.put(f"{CORE}/events", {**event, "involvedObject": {"uid": "p1"}}, "slipway")
    with pytest.raises(RolloutFailed) as failed:
        wait(api, ear, 60)
    assert failed.value.code == "IMG-NAME"
    assert "Pod web-1-a will not start: container slipway: InvalidImageName" in failed.value.sentence
    assert failed.value.evidence == ("event: InspectFailed: bad image",)


def test_refused_settings_are_told_with_the_log_line_of_the_crash(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    put_web(fake_api, pod(containerStatuses=[crashed(78, 1)]))
    fake_api.logs["web-1-a/previous"] = '{"level": "critical", "message": "refused", "setting": "SLIPWAY_WORKERS"}\n'
    with pytest.raises(RolloutFailed) as failed:
        wait(api, ear, 60)
    assert failed.value.code == "CRASH-78"
    assert failed.value.evidence == ("log of slipway: refused setting=SLIPWAY_WORKERS",)


def test_pod_of_the_old_revision_does_not_end_it(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    put_web(fake_api, revision="2", replicas=1)
    fake_api.put(f"{APPS}/replicasets", replica_set("web-0", uid="r0", revision="1"))
    fake_api.put(f"{CORE}/pods", pod("old", uid="p0", owner="r0", containerStatuses=[waiting("InvalidImageName")]))
    status = {"observedGeneration": 1, **complete(2)}
    threading.Timer(0.5, lambda: fake_api.set_status(DEPLOYMENTS, "slipway", "web", status)).start()
    wait(api, ear)


def test_quota_ends_it_at_once(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    put_web(fake_api, conditions=[condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota: small")])
    with pytest.raises(RolloutFailed, match="Deployment/web failed: exceeded quota: small"):
        wait(api, ear, 60)


def test_deadline_condition_names_the_pod_behind_it(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    exceeded = condition("Progressing", "False", "ProgressDeadlineExceeded", "it has timed out")
    put_web(fake_api, pod(containerStatuses=[waiting("ImagePullBackOff", "no such image")]), conditions=[exceeded])
    with pytest.raises(RolloutFailed) as failed:
        wait(api, ear, 60)
    assert "it has timed out; pod web-1-a: container slipway: ImagePullBackOff" in failed.value.sentence


def test_paused_rollout_is_told_and_not_waited_for(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    put_web(fake_api, paused=True)
    with pytest.raises(RolloutFailed, match="is paused") as failed:
        wait(api, ear, 60)
    assert "kubectl rollout resume" in failed.value.fix


def test_deadline_without_a_cause_is_a_timeout(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    put_web(fake_api)
    with pytest.raises(RolloutTimeout, match="did not end within 1 s: Deployment/web: 0 of 2 new pods are made"):
        wait(api, ear, 1)


def test_deadline_with_a_likely_cause_is_a_failure(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    put_web(fake_api, pod(containerStatuses=[waiting("ImagePullBackOff", "no such image")]))
    with pytest.raises(RolloutFailed) as failed:
        wait(api, ear, 1)
    assert failed.value.code == "IMG-PULL"
    assert any("giving up in" in line for line in ear.heard)


def test_symptom_is_named_at_the_deadline(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    unready = {"name": "slipway", "ready": False, "state": {"running": {}}}
    put_web(fake_api, pod(containerStatuses=[unready]))
    fake_api.logs["web-1-a"] = "ERROR database is away\n"
    with pytest.raises(RolloutTimeout) as failed:
        wait(api, ear, 1)
    assert failed.value.code == "PROBE-UNREADY"
    assert failed.value.evidence == ("log of slipway: ERROR database is away",)


def test_settled_waits_for_the_pods_that_end(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    old = pod("old", uid="p0", deleted=True)
    put_web(fake_api, old, **complete())
    threading.Timer(0.4, lambda: fake_api.remove(f"{CORE}/pods", "slipway", "old")).start()
    wait(api, ear, settle=True)
    assert any("1 old pods are ending" in line for line in ear.heard)


def test_failed_job_shows_the_last_line_of_its_pod(fake_api: FakeApi, api: Api, ear: Ear) -> None:
    failed_job = {"conditions": [condition("Failed", "True", "BackoffLimitExceeded", "it has reached its limit")]}
    fake_api.put("/apis/batch/v1/jobs", {"metadata": {"name": "migrate", "namespace": "slipway", "uid": "j1"}})
    fake_api.set_status("/apis/batch/v1/jobs", "slipway", "migrate", failed_job)
    ended = {"name": "migrate", "state": {"terminated": {"exitCode": 69, "reason": "Error"}}}
    fake_api.put(f"{CORE}/pods", pod("migrate-a", owner="j1", containerStatuses=[ended]))
    fake_api.logs["migrate-a"] = "the database does not answer\n"
    with pytest.raises(RolloutFailed) as failed:
        wait(api, ear, 60, target=Target("Job", "slipway", "migrate"))
    assert "Job/migrate failed: BackoffLimitExceeded" in failed.value.sentence
    assert "a service it needs was not reachable" in failed.value.sentence
    assert failed.value.evidence[0] == "log of migrate: the database does not answer"
