"""A sign of life while a wait lasts."""

import threading
import time
from collections.abc import Callable

# Seconds; a run that is silent for ten looks like one that hangs.
INTERVAL = 5.0

Beat = Callable[[str, str, float], None]


class Heartbeat:
    """Calls back every `interval` seconds while something is waited for.

    Args:
        beat: Called with the phase, what it waits for, and for how many seconds, from a thread of its own.
        interval: Seconds between two beats.
    """

    def __init__(self, beat: Beat, interval: float = INTERVAL) -> None:
        self._beat = beat
        self._interval = interval
        self._changed = threading.Condition()
        self._waiting: tuple[str, str] | None = None
        self._since = 0.0
        self._closed = False
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def wait(self, phase: str, what: str | None) -> None:
        """Begin or go on waiting for `what`, or stop waiting where it is None."""
        with self._changed:
            if self._waiting is None and what is not None:
                self._since = time.monotonic()
                self._changed.notify_all()
            self._waiting = None if what is None else (phase, what)

    def close(self) -> None:
        """Fall silent."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _live(self) -> None:
        while not self._closed:
            with self._changed:
                self._changed.wait(self._left())
                due = self._due()
            if due:
                self._beat(*due)

    def _left(self) -> float | None:
        if self._waiting is None:
            return None
        passed = time.monotonic() - self._since
        return self._interval - passed % self._interval

    def _due(self) -> tuple[str, str, float] | None:
        if self._closed or self._waiting is None:
            return None
        passed = time.monotonic() - self._since
        if passed < self._interval * 0.9:
            return None
        return (*self._waiting, passed)
