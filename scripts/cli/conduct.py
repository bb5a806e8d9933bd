"""Runs a verb: opens its context, shows what it tells, and turns every end into an exit code, here and nowhere else."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console

from scripts.cli.jsonlines import JsonSink
from scripts.cli.live import LiveSink
from scripts.cli.plain import CONTROL, PlainSink
from scripts.core.errors import Interrupted, SlipwayError
from scripts.core.interrupts import Interrupts
from scripts.core.objects import Object
from scripts.core.report import Event, Sink
from scripts.phases.context import Context, open_context


@dataclass(frozen=True)
class Finish:
    """How a verb ended well.

    Attributes:
        message: One line.
        data: The result for machines.
        text: More for people: an address, a table.
        exit_code: 1 where what was found is not well.
    """

    message: str
    data: Object
    text: str = ""
    exit_code: int = 0


Verb = Callable[[Context], Finish]


def conduct(name: str, verb: Verb, *, cluster: str, machine: bool) -> None:
    """Run `verb` and leave with its exit code.

    Args:
        name: The verb's name.
        verb: What it does.
        cluster: The cluster it does it to.
        machine: Whether NDJSON is wanted.
    """
    sink = sink_for(machine=machine)
    started = time.monotonic()
    try:
        with Interrupts(sink.close) as interrupts:
            finish = verb(open_context(cluster, sink, interrupts, os.environ, Path.cwd()))
        code = _finished(sink, name, finish, time.monotonic() - started)
    except SlipwayError as error:
        code = _failed(sink, name, error, machine=machine)
    except Interrupted as interrupted:
        code = _interrupted(sink, name, interrupted)
    finally:
        sink.close()
    raise typer.Exit(code)


def sink_for(*, machine: bool) -> Sink:
    """Who shows the events: NDJSON for machines, a live view on a terminal, plain lines otherwise."""
    if machine:
        return JsonSink(sys.stdout)
    console = Console(highlight=False)
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveSink(console)
    return PlainSink(sys.stdout)


def _finished(sink: Sink, name: str, finish: Finish, seconds: float) -> int:
    sink.show(finish.text)
    data = {"verb": name, "exit_code": finish.exit_code, **finish.data}
    status = "fail" if finish.exit_code else "ok"
    sink.emit(Event("result", name, status, finish.message, str(finish.exit_code), seconds, data))
    return finish.exit_code


def _failed(sink: Sink, name: str, error: SlipwayError, *, machine: bool) -> int:
    told = {"code": error.code, "sentence": error.sentence, "fix": error.fix, "evidence": list(error.evidence)}
    data = {"verb": name, "exit_code": error.exit_code, "error": told}
    sink.wait("result", None)
    if machine:
        sink.emit(Event("result", name, "fail", error.sentence, str(error.exit_code), data=data))
    else:
        complain(name, error)
    return error.exit_code


def complain(name: str, error: SlipwayError) -> None:
    """Tell people on stderr what is wrong, what to do, and what proves it."""
    lines = [f"slipway {name}: {error.sentence}", *([f"  {error.fix}"] if error.fix else [])]
    for line in (*lines, *(f"  | {line}" for line in error.evidence)):
        typer.echo(CONTROL.sub("", line), err=True)


def _interrupted(sink: Sink, name: str, interrupted: Interrupted) -> int:
    data = {"verb": name, "exit_code": interrupted.exit_code}
    code = str(interrupted.exit_code)
    sink.emit(Event("result", name, "fail", f"interrupted by {interrupted}", code, data=data))
    return interrupted.exit_code
