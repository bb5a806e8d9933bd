"""`slipway drill`: break the release on purpose, under load, and count what was lost."""

from typing import Annotated

import typer

from scripts.cli import options
from scripts.cli.conduct import Finish, conduct
from scripts.phases.context import Context
from scripts.phases.drill import DrillOrder, rolling_update

drills = typer.Typer(no_args_is_help=True, help="Do to the release what happens to releases, while a load runs.")

Requests = Annotated[int, typer.Option("--requests", min=1000, help="Send at least so many.")]
Rate = Annotated[float, typer.Option("--rate", min=1.0, help="Requests per second, half of them on new connections.")]
WithoutDrain = Annotated[
    bool, typer.Option("--without-drain", help="The negative control: switch the drain off, and see requests fail.")
]


@drills.callback()
def _drills() -> None:
    """Keep `rolling-update` a name of its own while it is the only drill."""


@drills.command("rolling-update")
def rolling_update_command(  # noqa: PLR0913 - one option each
    *,
    requests: Requests = DrillOrder.requests,
    rate: Rate = DrillOrder.rate,
    without_drain: WithoutDrain = False,
    cluster: options.Cluster = options.DEFAULT_CLUSTER,
    timeout: options.Timeout = DrillOrder.patience,
    machine: options.Json = False,
) -> None:
    """Replace every pod again and again under load: no request may fail, no acknowledged write may be lost.

    The load comes through the Ingress, at a fixed rate and without any retry. Exit 1 where something was lost, which
    with --without-drain is what must happen. The release is afterwards as it was.

    Examples:
      slipway drill rolling-update

      slipway drill rolling-update --without-drain
    """
    order = DrillOrder(requests=requests, rate=rate, drain=not without_drain, patience=timeout)
    conduct("drill", lambda context: _drill(context, order), cluster=cluster, machine=machine)


def _drill(context: Context, order: DrillOrder) -> Finish:
    with context.state.locked("drill"):
        report = rolling_update(context, order)
    lost = report.failed
    message = f"{lost} of {report.load.requests} requests and writes were lost" if lost else "nothing was lost"
    return Finish(message, report.to_object(), report.table(), exit_code=1 if lost else 0)
