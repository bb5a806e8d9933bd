"""Events as NDJSON, for machines: one object a line, the last one is the result."""

import json
import threading
import time
from typing import TextIO

from scripts.cli.heartbeat import INTERVAL, Heartbeat
from scripts.core.report import Event


class JsonSink:
    """Writes one JSON object for each event: its fields, and `data` where there is some.

    Args:
        stream: Where the lines go.
        interval: Seconds between two lines while a wait lasts.
    """

    def __init__(self, stream: TextIO, interval: float = INTERVAL) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._heartbeat = Heartbeat(self._beat, interval)
        self._last = 0.0

    def emit(self, event: Event) -> None:
        """Write the event."""
        told: dict[str, object] = {
            "ts": event.ts,
            "phase": event.phase,
            "object": event.object,
            "status": event.status,
            "code": event.code,
            "seconds": None if event.seconds is None else round(event.seconds, 3),
            "message": event.message,
        }
        self._write(told if event.data is None else {**told, "data": event.data})

    def wait(self, phase: str, what: str | None) -> None:
        """Remember what is waited for."""
        self._heartbeat.wait(phase, what)

    def show(self, text: str) -> None:
        """Nothing: machines get the result."""

    def close(self) -> None:
        """Write nothing more."""
        self._heartbeat.close()

    def _beat(self, phase: str, what: str, seconds: float) -> None:
        self.emit(Event(phase, "", "waiting", what, seconds=seconds, ts=time.time()))

    def _write(self, told: dict[str, object]) -> None:
        with self._lock:
            # Threads emit, and the clock may be set back: times of one run never go down.
            self._last = max(self._last, float(str(told["ts"])))
            self._stream.write(json.dumps({**told, "ts": round(self._last, 3)}) + "\n")
            self._stream.flush()
