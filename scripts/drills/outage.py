"""The drill that takes the database away and gives it back."""

import contextlib
from collections.abc import Iterator

from scripts.core.deadline import Deadline
from scripts.core.objects import Object, at, name_of
from scripts.core.resources import path_of
from scripts.drills.budget import Budget
from scripts.drills.by_hand import by_hand
from scripts.drills.drill import Drill
from scripts.drills.stage import Stage
from scripts.load import LoadResult

STORE, NO_REPLICAS = "postgres", {"spec": {"replicas": 0}}
# Longer than liveness would have patience, so that a restart would be seen.
OUTAGE_SECONDS = 45.0
UNREADY_SECONDS = 30.0
UNAVAILABLE = 503
# Of the requests, how many may end otherwise: they were with the database when it went.
OTHERWISE_SHARE = 0.005


def _take_away(stage: Stage) -> None:
    """Pods become unready, are not restarted, and recover by themselves when the database is back."""
    before = _restarts(stage)
    with stage.act("outage of the database"):
        with by_hand(stage.api, path_of("StatefulSet", stage.context.namespace, STORE), NO_REPLICAS):
            stage.until(lambda: not stage.ready_pods(), UNREADY_SECONDS, "pods stay ready without a database")
            outage = Deadline(OUTAGE_SECONDS)
            while _restarts(stage) == before and not outage.passed:
                outage.pause(1.0)
        stage.steady()
    stage.expect(holds=_restarts(stage) == before, otherwise="pods were restarted because the database was away")


def _restarts(stage: Stage) -> dict[str, int]:
    """How often the container of each pod was restarted."""
    return {name_of(pod): sum(_counts(pod)) for pod in stage.pods()}


def _counts(pod: Object) -> list[int]:
    return [int(status.get("restartCount", 0)) for status in at(pod, "status", "containerStatuses", default=[])]


@contextlib.contextmanager
def _lively(stage: Stage) -> Iterator[None]:
    """A release whose liveness asks the database, for as long as the block runs."""
    containers = at(stage.api.get(stage.path("Deployment")), "spec", "template", "spec", "containers")
    asking = [_asking(container) if container["name"] == "slipway" else container for container in containers]
    change = {"spec": {"template": {"spec": {"containers": asking}}}}
    with by_hand(stage.api, stage.path("Deployment"), change):
        stage.steady()
        yield
    stage.steady()


def _asking(container: Object) -> Object:
    """The container with the path of readiness in its liveness."""
    probe = container["livenessProbe"]
    return {**container, "livenessProbe": {**probe, "httpGet": {**probe["httpGet"], "path": "/health/ready"}}}


def _judge(load: LoadResult) -> Iterator[str]:
    """What failed must have been told so: 503, for nearly all of them."""
    others = [failure for failure in load.failures if failure.status != UNAVAILABLE]
    if len(others) > OTHERWISE_SHARE * load.requests:
        yield f"{len(others)} requests failed otherwise than by {UNAVAILABLE}, the first: {others[0].detail}"


DATABASE_OUTAGE = Drill(
    "database-outage",
    "PostgreSQL is away for a minute and comes back",
    Budget(share=1.0, seconds=150.0, recovery=150.0),
    _take_away,
    "a liveness that asks no dependency",
    _lively,
    judge=_judge,
)
