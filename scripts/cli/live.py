"""Events on a terminal: what has happened stands above, what is waited for turns below."""

import time

from rich.console import Console
from rich.status import Status
from rich.text import Text

from scripts.core.report import Event

STYLES = {"changed": "green", "ok": "green", "unchanged": "dim", "warn": "yellow", "fail": "bold red"}


class LiveSink:
    """Draws events on `console`.

    Args:
        console: The terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._since = 0.0

    def emit(self, event: Event) -> None:
        """Draw the event as a line above the one that turns."""
        told = Text(f"{event.phase:<13}", style="bold")
        told.append(f"{event.status:<10}", style=STYLES.get(event.status, ""))
        told.append(f"{event.object}: {event.message}" if event.object else event.message)
        if event.seconds is not None:
            told.append(f" ({event.seconds:.1f} s)", style="dim")
        self._console.print(told)

    def wait(self, phase: str, what: str | None) -> None:
        """Turn for `what`, or stop turning."""
        if what is None:
            self._still()
            return
        if self._status is None:
            self._since = time.monotonic()
            self._status = self._console.status("")
            self._status.start()
        told = Text(f"{phase:<13}", style="bold")
        told.append(f"{time.monotonic() - self._since:.0f} s  waiting for {what}")
        self._status.update(told)

    def show(self, text: str) -> None:
        """Draw a text for people."""
        self._console.print(Text(text))

    def close(self) -> None:
        """Stop turning and show the cursor again."""
        self._still()
        self._console.show_cursor()

    def _still(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
