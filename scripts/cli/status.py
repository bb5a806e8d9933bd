"""`slipway status`."""

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.cli import options
from scripts.cli.conduct import Finish, conduct
from scripts.phases.context import Context
from scripts.phases.status import Row, as_json, is_well, status

WIDTH = 160


def status_command(
    cluster: options.Cluster = options.DEFAULT_CLUSTER,
    machine: options.Json = False,  # noqa: FBT002
) -> None:
    """Show how cluster, dependencies and release are; exit 0 when all is well, else 1.

    Examples:
      slipway status

      slipway status --json | tail -1 | jq .data.rows
    """
    conduct("status", _status, cluster=cluster, machine=machine)


def _status(context: Context) -> Finish:
    with context.voice("status").waiting("the cluster to tell how it is"):
        rows = status(context)
    well = is_well(rows)
    bad = sum(row.health == "fail" for row in rows)
    told = "all is well" if well else f"{bad} of {len(rows)} are not well"
    return Finish(told, as_json(rows), table_text(rows), 0 if well else 1)


def table_text(rows: list[Row]) -> str:
    """The status as a table without colours or control characters."""
    table = Table("area", "name", "health", "seen", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in (row.area, row.name, row.health, row.seen)))
    page = StringIO()
    Console(file=page, width=WIDTH, no_color=True, force_terminal=False).print(table)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())
