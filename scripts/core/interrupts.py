"""Signals: the first one stops the run in order, the second one at once."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Self

from scripts.core.errors import Interrupted

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def no_farewell() -> None:
    """Nothing to put back."""


class Interrupts:
    """Knows the running programs and what a signal does to them.

    The programs live in process groups of their own, so a Ctrl-C of the terminal reaches only this process; it ends
    them itself. The first signal asks them to end and raises `Interrupted` in the main thread; the second one kills
    them and ends this process without another word.

    Args:
        farewell: Called before the sudden end; puts the terminal back as it was.
    """

    def __init__(self, farewell: Callable[[], None] = no_farewell) -> None:
        self._farewell = farewell
        self._children: set[subprocess.Popen[str]] = set()
        self._shields = 0
        self._first: int | None = None
        self._undelivered = False
        self._before: dict[int, signal.Handlers | Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._receive) for number in HANDLED}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextlib.contextmanager
    def shielded(self) -> Iterator[None]:
        """Hold the exception of a signal back, for the few steps that must not be cut in two."""
        if threading.current_thread() is not threading.main_thread():
            yield  # Python delivers signals to the main thread only
            return
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
            self._deliver()

    @contextlib.contextmanager
    def exposed(self) -> Iterator[None]:
        """Let the exception through inside a shield: for the wait that a signal shall end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        shields, self._shields = self._shields, 0
        try:
            self._deliver()
            yield
        finally:
            self._shields = shields

    def adopt(self, child: subprocess.Popen[str]) -> None:
        """Count `child` among those that a signal ends."""
        self._children.add(child)

    def release(self, child: subprocess.Popen[str]) -> None:
        """Forget `child`: it has ended."""
        self._children.discard(child)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self._first is not None:
            self._end_at_once(number)
        self._first = number
        self._undelivered = True
        self._signal_children(signal.SIGTERM)
        self._deliver()

    def _deliver(self) -> None:
        if self._undelivered and not self._shields and self._first is not None:
            self._undelivered = False
            raise Interrupted(self._first)

    def _end_at_once(self, number: int) -> None:
        self._signal_children(signal.SIGKILL)
        self._farewell()
        os._exit(128 + number)

    def _signal_children(self, number: int) -> None:
        for child in list(self._children):
            signal_group(child, number)


def signal_group(child: subprocess.Popen[str], number: int) -> None:
    """Send `number` to the process group that `child` leads; a group that is gone is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
