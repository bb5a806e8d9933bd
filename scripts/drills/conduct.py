"""Conducts a drill: arranges it, sends the load, does what it does until enough was sent, and judges."""

from dataclasses import dataclass, replace

import httpx

from scripts.drills.chronicle import Chronicle
from scripts.drills.drill import Drill, as_it_is
from scripts.drills.report import DrillReport
from scripts.drills.stage import Stage
from scripts.load import ItemId, LoadResult, LoadRun, LoadSpec, Target, Writes
from scripts.phases.address import address
from scripts.phases.attach import attach, ingress_address_port
from scripts.phases.context import Context
from scripts.phases.user import User

ITEMS = "/api/v1/items"
# Load before the first act and after the last, so that both ends are seen to be steady.
STEADY_SECONDS = 5.0
# Beyond what the requests need at their rate, for what is under way when they are done.
SPARE_SECONDS = 300.0


@dataclass(frozen=True)
class DrillOrder:
    """What is asked of a drill.

    Attributes:
        requests: At least so many.
        rate: Requests per second.
        control: Whether the negative control is wanted, which must exceed the budget.
        patience: Seconds that one rollout may take.
    """

    requests: int = 10_000
    rate: float = 150.0
    control: bool = False
    patience: float = 180.0

    def as_control(self) -> "DrillOrder":
        """The same for the negative control."""
        return replace(self, control=True)


def conduct_drill(context: Context, drill: Drill, order: DrillOrder) -> DrillReport:
    """Do a drill under load; the release is as before afterwards.

    Raises:
        UsageError: There is no cluster of ours, or no release.
        LoadRefusedError: This machine cannot send at that rate with time to spare.
        RolloutFailed: A rollout failed that should not have; the load is stopped.
    """
    api = attach(context)
    stage = Stage(context, api, order.patience, control=order.control)
    stage.voice.say("started", drill.name, f"budget: {drill.budget}" + _control(drill, order))
    stage.release(stage.order())
    stage.steady()
    arrangement = drill.arrangement if order.control else as_it_is
    with arrangement(stage), User(address(ingress_address_port(api))) as user:
        load, chronicle = _under_load(stage, drill, order, user)
        lost = _lost(user.http, load.writes)
        _remove_items(user.http, load.writes)
    unmet = [*stage.unmet, *drill.budget.exceeded(load, stage.acts), *drill.judge(load)]
    if lost:
        unmet.append(f"{len(lost)} acknowledged writes were lost")
    return DrillReport(
        drill, order.control, load, tuple(stage.acts), tuple(chronicle.changes), lost, tuple(dict.fromkeys(unmet))
    )


def _control(drill: Drill, order: DrillOrder) -> str:
    return f"; the negative control, without {drill.control}, must exceed it" if order.control else ""


def _under_load(stage: Stage, drill: Drill, order: DrillOrder, user: User) -> tuple[LoadResult, Chronicle]:
    seconds = order.requests / order.rate + SPARE_SECONDS
    spec = LoadSpec(target=Target.of(user.url), rate=order.rate, seconds=seconds, token=user.token)
    steady = int(order.rate * STEADY_SECONDS)
    rounds = 0
    with LoadRun(spec) as stage.run:
        run = stage.run
        run.wait_for(steady, SPARE_SECONDS)
        with Chronicle(stage.api, stage.context.namespace, lambda: run.progress.seconds) as chronicle:
            while rounds < drill.fewest or run.progress.requests < order.requests - steady:
                drill.play(stage)
                user.renew()
                rounds += 1
            run.wait_for(max(run.progress.requests + steady, order.requests), SPARE_SECONDS)
        return run.stop(), chronicle


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
