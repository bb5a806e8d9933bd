"""Secrets that change while the service runs.

Their files are read again and again. Contents are compared, not times: Kubernetes replaces a mounted Secret by swapping
a symbolic link, and others write the file in place, so that it may be empty or half there for a moment.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

log = logging.getLogger("service.secrets")
AT_MOST_EVERY = 1.0  # seconds between two readings that strangers can cause


def read_secret(file: Path) -> str:
    """The file's text without the white space around it.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no UTF-8.
    """
    return file.read_text(encoding="utf-8").strip()


class Secrets:
    """The secrets as they are now.

    Args:
        values: each by the name of its setting, as the process was started.
        files: those that may change.
        refusal: why a value must not be used; None where it may.
        clock: seconds.
    """

    def __init__(
        self,
        values: Mapping[str, str],
        files: Mapping[str, Path],
        refusal: Callable[[str, str], str | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._values = dict(values)
        self._files = files
        self._refusal = refusal
        self._clock = clock
        self._complaints: dict[str, str] = {}
        self._callbacks: list[Callable[[str, str], object]] = []
        self._lock = threading.Lock()
        self._last_look = -AT_MOST_EVERY

    def __getitem__(self, name: str) -> str:
        """The last good value."""
        return self._values[name]

    def values(self) -> tuple[str, ...]:
        """All of them, to be kept out of logs."""
        return tuple(self._values.values())

    def on_change(self, callback: Callable[[str, str], object]) -> None:
        """Call back with the name and the new value, from any thread."""
        self._callbacks.append(callback)

    def refresh(self) -> None:
        """Read every file now."""
        with self._lock:
            for name, file in self._files.items():
                self._look(name, file)

    def look(self) -> None:
        """Read every file now, unless that was done within the last second."""
        now = self._clock()
        if now - self._last_look >= AT_MOST_EVERY:
            self._last_look = now
            self.refresh()

    async def watch(self, seconds: float) -> None:
        """Read every file each so many seconds, for ever; in a thread, for a file may lie on a slow volume."""
        while True:
            await asyncio.sleep(seconds)
            await asyncio.to_thread(self.refresh)

    def _look(self, name: str, file: Path) -> None:
        try:
            value = read_secret(file)
        except FileNotFoundError:
            if self._values[name]:
                self._complain(name, "its file is gone")
            return
        except (OSError, ValueError) as error:
            self._complain(name, f"its file cannot be read ({type(error).__name__})")
            return
        if value == self._values[name] or (reason := self._refusal(name, value)) is None:
            self._accept(name, value)
        else:
            self._complain(name, reason)

    def _accept(self, name: str, value: str) -> None:
        self._complaints.pop(name, None)
        if value == self._values[name]:
            return
        self._values[name] = value
        for callback in self._callbacks:
            callback(name, value)
        log.info("secret changed", extra={"setting": name})

    def _complain(self, name: str, reason: str) -> None:
        """Once for each reason; the last good value stays."""
        if self._complaints.get(name) != reason:
            self._complaints[name] = reason
            log.warning("secret not changed", extra={"setting": name, "reason": reason})
