"""`slipway drill`: do to the release what happens to releases, under load, and count what was lost."""

from collections.abc import Callable
from typing import Annotated

import typer

from scripts.cli import options
from scripts.cli.conduct import Finish, conduct
from scripts.core.objects import Object
from scripts.drills.catalogue import ALL
from scripts.drills.conduct import DrillOrder, conduct_drill
from scripts.drills.drill import Drill
from scripts.drills.page import page
from scripts.drills.report import DrillReport
from scripts.phases.context import Context

PAGE = "docs/drills.md"
drills = typer.Typer(no_args_is_help=True, help="Do to the release what happens to releases, while a load runs.")

Requests = Annotated[int, typer.Option("--requests", min=1000, help="Send at least so many.")]
Rate = Annotated[float, typer.Option("--rate", min=1.0, help="Requests per second, half of them on new connections.")]
Control = Annotated[bool, typer.Option("--control", help="The negative control: it must exceed the budget, exit 1.")]
Write = Annotated[bool, typer.Option("--write", help=f"Write {PAGE}.")]


def _command(drill: Drill) -> Callable[..., None]:
    """The command of one drill."""

    def command(  # noqa: PLR0913 - one option each
        *,
        requests: Requests = DrillOrder.requests,
        rate: Rate = DrillOrder.rate,
        control: Control = False,
        cluster: options.Cluster = options.DEFAULT_CLUSTER,
        timeout: options.Timeout = DrillOrder.patience,
        machine: options.Json = False,
    ) -> None:
        order = DrillOrder(requests=requests, rate=rate, control=control, patience=timeout)
        conduct("drill", lambda context: _drill(context, drill, order), cluster=cluster, machine=machine)

    command.__doc__ = f"""{drill.title}.

    Budget: {drill.budget}. The control takes away {drill.control}. The load comes through the Ingress, at a fixed
    rate and without any retry; exit 1 where the budget was exceeded. The release is afterwards as it was.

    Examples:
      slipway drill {drill.name}

      slipway drill {drill.name} --control
    """
    return command


for each in ALL:
    drills.command(each.name)(_command(each))


@drills.command("all")
def all_command(  # noqa: PLR0913 - one option each
    *,
    requests: Requests = DrillOrder.requests,
    rate: Rate = DrillOrder.rate,
    write: Write = False,
    cluster: options.Cluster = options.DEFAULT_CLUSTER,
    timeout: options.Timeout = DrillOrder.patience,
    machine: options.Json = False,
) -> None:
    """Do every drill, and the control of each: about half an hour.

    Exit 1 where a drill exceeded its budget or a control did not.

    Examples:
      slipway drill all

      slipway drill all --write
    """
    order = DrillOrder(requests=requests, rate=rate, patience=timeout)
    conduct("drill", lambda context: _all(context, order, write=write), cluster=cluster, machine=machine)


def _drill(context: Context, drill: Drill, order: DrillOrder) -> Finish:
    with context.state.locked("drill"):
        report = conduct_drill(context, drill, order)
    message = "; ".join(report.unmet) or "within the budget"
    return Finish(message, report.to_object(), report.table(), exit_code=0 if report.passed else 1)


def _all(context: Context, order: DrillOrder, *, write: bool) -> Finish:
    pairs: list[tuple[DrillReport, DrillReport]] = []
    with context.state.locked("drill"):
        for drill in ALL:
            pairs.append((conduct_drill(context, drill, order), conduct_drill(context, drill, order.as_control())))
            for report in pairs[-1]:
                context.sink.show(f"{report.table()}\n")
    if write:
        (context.project.root / PAGE).write_text(page(pairs), encoding="utf-8")
    wrong = [report.name for pair in pairs for report in pair if report.passed is report.control]
    message = f"not as it should be: {', '.join(wrong)}" if wrong else f"{len(pairs)} drills kept their budgets"
    data: Object = {"drills": [report.to_object() for pair in pairs for report in pair]}
    return Finish(message, data, exit_code=1 if wrong else 0)
