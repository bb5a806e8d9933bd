"""The command `slipway`."""

from importlib.metadata import version
from typing import Annotated

import typer

from scripts.cli.down import down_command
from scripts.cli.drill import drills
from scripts.cli.e2e import e2e_command
from scripts.cli.status import status_command
from scripts.cli.up import deploy_command, up_command
from scripts.cli.values import values_command

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.command("up")(up_command)
app.command("deploy")(deploy_command)
app.command("status")(status_command)
app.command("e2e")(e2e_command)
app.add_typer(drills, name="drill")
app.command("values")(values_command)
app.command("down")(down_command)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"slipway {version('slipway')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
]


@app.callback()
def slipway(
    show_version: Version = False,  # noqa: FBT002 - its callback has answered
) -> None:
    """Carry a FastAPI service to a Kubernetes release that stays up, and prove it.

    Start with `slipway up`; `slipway VERB --help` explains each verb.

    Exit codes: 0 well, 1 a test failed, 2 usage, 3 this machine lacks something, 4 cluster, 5 image, 6 release refused,
    7 rollout failed, 8 rollout ran out of time, 9 something left behind, 10 docker or the API lost, 130 interrupted.
    """


def main() -> None:
    """The console script."""
    app()
