"""Events as plain lines, for logs and pipes: no control characters, a line at least every ten seconds."""

import re
import threading
from typing import TextIO

from scripts.cli.heartbeat import INTERVAL, Heartbeat
from scripts.core.report import Event

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class PlainSink:
    """Writes one line for each event.

    Args:
        stream: Where the lines go.
        interval: Seconds between two lines while a wait lasts.
    """

    def __init__(self, stream: TextIO, interval: float = INTERVAL) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._heartbeat = Heartbeat(self._beat, interval)

    def emit(self, event: Event) -> None:
        """Write the event as a line."""
        self._write(line(event))

    def wait(self, phase: str, what: str | None) -> None:
        """Remember what is waited for."""
        self._heartbeat.wait(phase, what)

    def show(self, text: str) -> None:
        """Write a text for people."""
        for part in text.splitlines():
            self._write(part)

    def close(self) -> None:
        """Write nothing more."""
        self._heartbeat.close()

    def _beat(self, phase: str, what: str, seconds: float) -> None:
        self._write(f"{phase:<13}{'waiting':<10}for {what} ({seconds:.0f} s)")

    def _write(self, text: str) -> None:
        with self._lock:
            self._stream.write(CONTROL.sub("", text).rstrip() + "\n")
            self._stream.flush()


def line(event: Event) -> str:
    """An event in one line: phase, status, object, message and seconds."""
    told = f"{event.object}: {event.message}" if event.object else event.message
    took = f" ({event.seconds:.1f} s)" if event.seconds is not None else ""
    return f"{event.phase:<13}{event.status:<10}{' '.join(told.split())}{took}"
