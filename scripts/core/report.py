"""What a run tells while it goes: events, and what it waits for."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from scripts.core.objects import Object

Say = Callable[[str], None]


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        phase: The phase it happened in: preflight, cluster, images, dependencies, release, address, ...
        object: What it happened to; empty where it is the phase itself.
        status: One of started, ok, changed, unchanged, warn, fail, waiting, result.
        message: A line for people.
        code: A stable name for machines: a check, a cause, an error.
        seconds: How long it took.
        data: More for machines: the final result.
        ts: Unix time.
    """

    phase: str
    object: str
    status: str
    message: str
    code: str = ""
    seconds: float | None = None
    data: Object | None = None
    ts: float = field(default_factory=time.time)


class Sink(Protocol):
    """Whoever shows events: lines, JSON, or a live terminal."""

    def emit(self, event: Event) -> None:
        """Show an event."""

    def wait(self, phase: str, what: str | None) -> None:
        """Show that `phase` waits for `what`; None where it no longer waits."""

    def show(self, text: str) -> None:
        """Show a text meant for people: a table, an address; machines get the result instead."""

    def close(self) -> None:
        """Put the terminal back as it was."""


class Voice:
    """One phase speaking.

    Args:
        sink: Who shows it.
        phase: Its name.
    """

    def __init__(self, sink: Sink, phase: str) -> None:
        self._sink = sink
        self.phase = phase

    def say(self, status: str, what: str, message: str, *, code: str = "", seconds: float | None = None) -> None:
        """Tell what happened to the object `what`."""
        self._sink.emit(Event(self.phase, what, status, message, code, seconds))

    @contextlib.contextmanager
    def waiting(self, what: str) -> Iterator[Say]:
        """Say what is waited for, for as long as it lasts; call the given function when that changes."""

        def now(text: str) -> None:
            self._sink.wait(self.phase, text)

        now(what)
        try:
            yield now
        finally:
            self._sink.wait(self.phase, None)
