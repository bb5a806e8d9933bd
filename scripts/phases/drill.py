"""The drill "rolling-update": the release is rolled over again and again while a load runs through its Ingress."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx

from scripts.core.deadline import Deadline
from scripts.core.errors import UsageError
from scripts.core.kube import Api
from scripts.core.objects import at
from scripts.core.resources import path_of
from scripts.load import ItemId, LoadResult, LoadRun, LoadSpec, Target, Writes
from scripts.phases.address import address, await_steady
from scripts.phases.attach import attach, ingress_address_port
from scripts.phases.context import Context
from scripts.phases.drill_report import DrillReport, Rollout
from scripts.phases.release import Order, reconcile_release
from scripts.phases.user import User
from scripts.phases.wait import Target as Workload
from scripts.phases.wait import await_workloads

PHASE = "drill"
ITEMS = "/api/v1/items"
DRAIN_OFF = "availability.drainSeconds=0"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
# Load before the first rollout and after the last, so that both ends are seen to be steady.
STEADY_SECONDS = 5.0
# One rollout could be luck.
FEWEST_ROLLOUTS = 2
# Beyond what the requests need at their rate, for the rollout that is under way when they are done.
SPARE_SECONDS = 180.0


@dataclass(frozen=True)
class DrillOrder:
    """What is asked of the drill.

    Attributes:
        requests: At least so many.
        rate: Requests per second.
        drain: False switches the drain off: the negative control, which must lose requests.
        patience: Seconds that one rollout may take.
    """

    requests: int = 10_000
    rate: float = 150.0
    drain: bool = True
    patience: float = 180.0


def rolling_update(context: Context, order: DrillOrder) -> DrillReport:
    """Roll the release over under load until enough requests were sent; the release is as before afterwards.

    Raises:
        LoadRefusedError: This machine cannot send at that rate with time to spare.
        RolloutFailed: A rollout failed; the load is stopped.
    """
    api = attach(context)
    url = address(ingress_address_port(api))
    with _released(context, api, order), User(url) as user:
        load, rollouts = _under_load(context, api, order, user)
        lost = _lost(user.http, load.writes)
        _remove_items(user.http, load.writes)
    return DrillReport(order.drain, load, rollouts, lost)


@contextlib.contextmanager
def _released(context: Context, api: Api, order: DrillOrder) -> Iterator[None]:
    """The release as the profile says, or without its drain for as long as the block runs."""
    as_it_is = Order(_tag(context, api), patience=order.patience)
    _reconcile(context, api, as_it_is if order.drain else replace(as_it_is, settings=[DRAIN_OFF]))
    try:
        yield
    finally:
        if not order.drain:
            _reconcile(context, api, as_it_is)


def _reconcile(context: Context, api: Api, release: Order) -> None:
    """Bring the release to what is ordered, and wait until nobody sends to a pod of another kind any more."""
    reconcile_release(context, release)
    settle(context, api, release.patience)
    await_steady(context, ingress_address_port(api), release.patience)


def settle(context: Context, api: Api, patience: float) -> None:
    """Wait until every pod is of the release as it is now, available, and none is being ended."""
    workload = Workload("Deployment", context.namespace, context.release)
    await_workloads(api, [workload], context.voice(PHASE), Deadline(patience), settle=True)


def _tag(context: Context, api: Api) -> str:
    """The tag of the image that the release runs.

    Raises:
        UsageError: There is no release.
    """
    deployment = api.get(path_of("Deployment", context.namespace, context.release))
    if deployment is None:
        raise UsageError("There is no release to drill.", fix="Make it first: slipway up.", code="release.absent")
    image = str(at(deployment, "spec", "template", "spec", "containers")[0]["image"])
    return image.rpartition(":")[2]


def _under_load(context: Context, api: Api, order: DrillOrder, user: User) -> tuple[LoadResult, tuple[Rollout, ...]]:
    voice = context.voice(PHASE)
    seconds = order.requests / order.rate + SPARE_SECONDS
    spec = LoadSpec(target=Target.of(user.url), rate=order.rate, seconds=seconds, token=user.token)
    steady = int(order.rate * STEADY_SECONDS)
    rollouts: list[Rollout] = []
    with LoadRun(spec) as run:
        run.wait_for(steady, SPARE_SECONDS)
        while len(rollouts) < FEWEST_ROLLOUTS or run.progress.requests < order.requests - steady:
            begin = run.progress.seconds
            roll(context, api, order.patience)
            user.renew()
            rollouts.append(Rollout(begin, run.progress.seconds))
            now = run.progress
            voice.say("ok", f"rollout {len(rollouts)}", f"{now.requests} requests so far, {now.failed} failed")
        run.wait_for(max(run.progress.requests + steady, order.requests), SPARE_SECONDS)
        return run.stop(), tuple(rollouts)


def roll(context: Context, api: Api, patience: float) -> None:
    """Replace every pod, as `kubectl rollout restart` does, and wait until the last old one is gone."""
    moment = datetime.now(UTC).isoformat(timespec="microseconds")
    change = {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: moment}}}}}
    api.patch(path_of("Deployment", context.namespace, context.release), change)
    settle(context, api, patience)


def _lost(http: httpx.Client, writes: Writes) -> tuple[ItemId, ...]:
    """Acknowledged items that are not there."""
    present: set[ItemId] = set()
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "100", **({"cursor": cursor} if cursor else {})}
        page = http.get(ITEMS, params=query).raise_for_status().json()
        present |= {item["id"] for item in page["items"]}
        cursor = page["next"]
    return tuple(item for item in writes.surviving if item not in present)


def _remove_items(http: httpx.Client, writes: Writes) -> None:
    """Leave no item behind."""
    for item in (*writes.surviving, *writes.uncertain):
        http.delete(f"{ITEMS}/{item}")
