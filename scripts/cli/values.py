"""`slipway values`: bring the values of another chart to this one."""

from pathlib import Path
from typing import Annotated

import typer
import yaml

from scripts.analyzers.values_migration import migrate
from scripts.analyzers.values_moves import ORIGINS, Move
from scripts.cli.conduct import complain
from scripts.core.errors import SlipwayError, UsageError
from scripts.core.objects import Object
from scripts.core.project import find_project

File = Annotated[Path, typer.Argument(help="The values file as it was.", show_default=False)]
From = Annotated[str, typer.Option("--from", help=f"Whose values they were: {', '.join(ORIGINS)}.")]


def values_command(file: File, origin: From = "helm-create") -> None:
    """Print the values of another chart as this chart has them; what has no place here is told on stderr.

    Exit 1 where a value is unknown: it is left out, and somebody has to decide.

    Examples:
      slipway values values.yaml > slipway-values.yaml

      helm upgrade --install slipway charts/slipway --values slipway-values.yaml
    """
    try:
        found = migrate(_read(file), _moves(origin), _known())
    except SlipwayError as error:
        complain("values", error)
        raise typer.Exit(error.exit_code) from error
    typer.echo(yaml.safe_dump(found.values, sort_keys=False), nl=False)
    for sentence in (*found.left_out, *found.unknown):
        typer.echo(f"slipway values: {sentence}.", err=True)
    raise typer.Exit(1 if found.unknown else 0)


def _moves(origin: str) -> tuple[Move, ...]:
    if origin not in ORIGINS:
        raise UsageError(f"--from {origin} is none of {', '.join(ORIGINS)}.", code="values.origin")
    return ORIGINS[origin]


def _read(file: Path) -> Object:
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{file} cannot be read as YAML: {' '.join(str(error).split())}.", code="values") from error
    if not isinstance(found, dict):
        raise UsageError(f"{file} holds no values: a mapping is expected.", code="values")
    return found


def _known() -> Object:
    return _read(find_project(Path.cwd()).chart / "values.yaml")
