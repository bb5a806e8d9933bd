"""The release: refused, recovered, failed for a cause, or out of time."""

import pytest

from scripts.analyzers.signals import WAITING, Grade
from tests.tool.world.api import FakeApi, Thing
from tests.tool.world.cluster import done, stays
from tests.tool.world.machine import Answer
from tests.tool.world.objects import condition, crashed, pod, waiting
from tests.tool.world.world import Runner, World

SCHEMA_REFUSAL = (
    "Error: values don't meet the specifications of the schema(s) in the following chart(s):\n"
    "slipway:\n- at '': additional properties 'ingres' not allowed\n"
)
DEPLOYMENTS = "/apis/apps/v1/deployments"
RELEASED = "app.kubernetes.io/component=api"


def test_misspelt_value_ends_with_6_and_one_sentence(world: World, slipway: Runner) -> None:
    slipway.up()
    world.inside.helm_refuses = SCHEMA_REFUSAL
    ran = slipway("deploy", "--set", "ingres.enabled=true")
    assert ran.code == 6
    first = "slipway deploy: helm refused the release: ingres is not a value of this chart; did you mean ingress?"
    assert ran.err.splitlines()[0] == first


def test_rollout_with_a_known_cause_ends_with_7(world: World, slipway: Runner) -> None:
    world.inside.rollout = stays({}, pod("slipway-1-a", containerStatuses=[waiting("InvalidImageName", "bad")]))
    ran = slipway.up("--json")
    assert ran.code == 7
    assert ran.result["data"]["error"]["code"] == "IMG-NAME"
    assert "Pod slipway-1-a will not start" in ran.result["message"]


def test_image_that_may_not_be_pulled_ends_with_7_at_once(world: World, slipway: Runner) -> None:
    told = 'Container image "slipway:1" is not present with pull policy of Never'
    world.inside.rollout = stays({}, pod("slipway-1-a", containerStatuses=[waiting("ErrImageNeverPull", told)]))
    ran = slipway.up()
    assert ran.code == 7
    assert f"Pod slipway-1-a will not start: container slipway: ErrImageNeverPull: {told}." in ran.err
    assert "See that the image exists" in ran.err


def test_secret_that_never_arrives_ends_with_7_after_its_grace(
    world: World, slipway: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WAITING, "CreateContainerConfigError", (Grade.LIKELY, "CFG-REFERENCE", 0.3))
    bad = waiting("CreateContainerConfigError", 'secret "mine" not found')
    world.inside.rollout = stays({}, pod("slipway-1-a", containerStatuses=[bad]))
    ran = slipway.up("--json")
    assert ran.code == 7
    assert ran.result["data"]["error"]["code"] == "CFG-REFERENCE"
    assert 'secret "mine" not found' in ran.result["message"]
    (seconds,) = [p["seconds"] for p in ran.events if p["phase"] == "release" and p["status"] == "fail"]
    assert seconds >= 0.3


def test_secret_that_arrives_within_its_grace_is_no_failure(world: World, slipway: Runner) -> None:
    bad = waiting("CreateContainerConfigError", 'secret "mine" not found')
    world.inside.rollout = stays({}, pod("slipway-1-a", containerStatuses=[bad]))

    def arrive(collection: str) -> None:
        if collection == "/apis/apps/v1/replicasets":
            done(world.api, DEPLOYMENTS, world.api.items(DEPLOYMENTS, "slipway", RELEASED)[0])

    world.api.on_list = arrive
    assert slipway.up().code == 0


def test_crash_is_told_with_exit_code_and_log_line(world: World, slipway: Runner) -> None:
    world.inside.rollout = stays({}, pod("slipway-1-a", containerStatuses=[crashed(78, 2)]))
    world.api.logs["slipway-1-a/previous"] = '{"level": "critical", "message": "refused", "setting": "SLIPWAY_PORT"}\n'
    ran = slipway.up()
    assert ran.code == 7
    assert "its settings were refused" in ran.err
    assert "  | log of slipway: refused setting=SLIPWAY_PORT" in ran.err


def test_failed_migration_ends_with_7(world: World, slipway: Runner) -> None:
    failed = {"conditions": [condition("Failed", "True", "BackoffLimitExceeded", "too often")]}

    def roll(api: FakeApi, collection: str, thing: Thing) -> None:
        if collection.endswith("/jobs"):
            api.set_status(collection, "slipway", thing["metadata"]["name"], failed)
        else:
            done(api, collection, thing)

    world.inside.rollout = roll
    ran = slipway.up()
    assert ran.code == 7
    assert "Job/slipway-migrate failed: BackoffLimitExceeded: too often" in ran.err


def test_rollout_without_a_cause_ends_with_8(world: World, slipway: Runner) -> None:
    world.inside.rollout = stays({"replicas": 2, "updatedReplicas": 1})
    ran = slipway.up("--timeout", "1")
    assert ran.code == 8
    assert "did not end within 1 s" in ran.err
    assert "Deployment/slipway: 1 of 2 new pods are made" in ran.err


def test_address_that_never_answers_ends_with_8(world: World, slipway: Runner) -> None:
    world.machine.answer = 404
    ran = slipway.up("--timeout", "1")
    assert ran.code == 8
    assert (
        f"http://127.0.0.1:{world.port}/health/ready did not answer 200 within 1 s; the last answer was: 404."
        in ran.err
    )


def test_phase_that_failed_is_told_with_its_seconds(world: World, slipway: Runner) -> None:
    world.inside.helm_refuses = SCHEMA_REFUSAL
    ran = slipway.up("--json")
    (failed,) = [event for event in ran.events if event["status"] == "fail" and event["phase"] == "release"]
    assert failed["seconds"] >= 0


@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "pending-rollback"])
def test_release_without_a_good_revision_is_uninstalled_and_made_anew(
    world: World, slipway: Runner, status: str
) -> None:
    slipway.up()
    world.inside.helm(["uninstall"], {})
    world.inside.revision(1, status)
    world.forget()
    ran = slipway.up()
    assert ran.code == 0, ran.err
    assert [line.split()[1] for line in world.lines("helm ")][-2:] == ["uninstall", "upgrade"]
    assert f"revision 1 was {status}: an earlier helm was interrupted; uninstalled" in ran.out


def test_interrupted_upgrade_is_rolled_back_and_done_again(world: World, slipway: Runner) -> None:
    slipway.up()
    world.inside.revision(2, "pending-upgrade", "half")
    world.forget()
    ran = slipway.up()
    assert ran.code == 0, ran.err
    assert [line.split()[1:4] for line in world.lines("helm ")][1] == ["rollback", "slipway", "1"]
    assert "an earlier helm was interrupted; rolled back to revision 1" in ran.out
    assert world.lines("helm upgrade")


def test_failed_revision_is_upgraded_again(world: World, slipway: Runner) -> None:
    slipway.up()
    for revision in world.inside.revisions():
        revision["metadata"]["labels"]["status"] = "failed"
        world.api.put("/api/v1/secrets", revision)
    world.forget()
    slipway.up()
    assert len(world.lines("helm upgrade")) == 1


def test_recovery_that_helm_refuses_ends_with_6(world: World, slipway: Runner) -> None:
    slipway.up()
    world.inside.revision(2, "pending-upgrade")
    world.faults["helm rollback"] = Answer(1, "", "Error: release has no 1 version\n")
    ran = slipway.up()
    assert ran.code == 6
    assert "helm refused the release: release has no 1 version." in ran.err


def test_release_that_is_as_ordered_runs_no_helm(world: World, slipway: Runner) -> None:
    slipway.up()
    world.forget()
    assert slipway("deploy").code == 0
    assert world.lines("helm") == []
