"""Drills that replace pods: a rollout, a change of the settings, and an upgrade that has to be taken back."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

from scripts.core.errors import RolloutFailed
from scripts.core.objects import uid_of
from scripts.drills.budget import Budget
from scripts.drills.by_hand import by_hand
from scripts.drills.drill import Drill, without_drain
from scripts.drills.stage import Stage, tag_of
from scripts.phases.release import release_history

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
LEVEL = "SLIPWAY_LOG_LEVEL"
ABSENT = "absent"


def roll(stage: Stage) -> None:
    """Replace every pod, as `kubectl rollout restart` does, and wait until the last old one is gone."""
    moment = datetime.now(UTC).isoformat(timespec="microseconds")
    change = {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: moment}}}}}
    stage.api.patch(stage.path("Deployment"), change)
    stage.settle()


def _roll(stage: Stage) -> None:
    with stage.act("rollout"):
        roll(stage)


def _configure(stage: Stage) -> None:
    """Change a setting by the chart; in the control by hand, which no pod notices."""
    before = {uid_of(pod) for pod in stage.pods()}
    changed = by_hand(stage.api, stage.path("ConfigMap"), {"data": {LEVEL: "warning"}})
    with changed if stage.control else _by_chart(stage):
        stage.settle()
        after = {uid_of(pod) for pod in stage.pods()}
        stage.expect(holds=not before & after, otherwise="pods run on with the settings before")


@contextlib.contextmanager
def _by_chart(stage: Stage) -> Iterator[None]:
    """The release with another setting, for as long as the block runs."""
    with stage.act("change of a setting"):
        stage.release(stage.order("config.logLevel=warning"))
        stage.settle()
    yield
    with stage.act("the setting as before"):
        stage.release(stage.order())
        stage.settle()


def _take_back(stage: Stage) -> None:
    """Upgrade to what runs, and then to an image that is not there; each is taken back by Helm."""
    good = _revision(stage)
    with stage.act("upgrade"):
        stage.release(stage.order("config.logLevel=warning"))
        stage.settle()
    with stage.act("upgrade to an image that is not there"):
        _break(stage)
    with stage.act("rollback"):
        stage.context.helm.rollback(good)
        stage.settle()
    tag = tag_of(stage.context, stage.api)
    stage.expect(holds=tag != ABSENT, otherwise="the rollback left the image that is not there")


def _break(stage: Stage) -> None:
    try:
        stage.release(stage.order(tag=ABSENT))
    except RolloutFailed as failed:
        stage.voice.say("ok", "the cause was told", failed.sentence)
    else:
        stage.expect(holds=False, otherwise="an image that is not there was taken for a good one")


def _revision(stage: Stage) -> int:
    history = release_history(stage.api, stage.context.namespace, stage.context.release)
    return history[-1].number


NO_FAILURE = Budget(recovery=180)

ROLLING_UPDATE = Drill(
    "rolling-update",
    "Every pod is replaced, again and again",
    NO_FAILURE,
    _roll,
    "the drain",
    without_drain,
    fewest=2,
)
CONFIG_CHANGE = Drill(
    "config-change",
    "A setting changes, and changes back: every pod runs with it",
    NO_FAILURE,
    _configure,
    "the hash of the settings: the ConfigMap is changed by hand",
)
ROLLBACK = Drill(
    "rollback",
    "An upgrade, one more to an image that is not there, and the way back",
    NO_FAILURE,
    _take_back,
    "the drain",
    without_drain,
)
