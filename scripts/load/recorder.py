"""Takes outcomes while a run is under way and sums them up at its end."""

from __future__ import annotations  # array is generic for type checkers only, before Python 3.12

import time
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from scripts.load.failures import Failure
from scripts.load.percentiles import Latency, nearest_rank
from scripts.load.result import Progress, Second


@dataclass(slots=True)
class _Tally:
    failed: int = 0
    latencies: array[float] = field(default_factory=lambda: array("d"))

    def second(self, at: int) -> Second:
        p99 = nearest_rank(sorted(self.latencies), 99) if self.latencies else 0.0
        return Second(at, self.failed + len(self.latencies), self.failed, p99)


class Recorder:
    """Keeps every latency, so that percentiles are exact: 8 bytes a request.

    Times are readings of the monotonic clock; `begin` must come first.
    """

    def __init__(self) -> None:
        self.started_at = time.time()
        self.late = 0.0
        self.kept = 0
        self.failures: list[Failure] = []
        self.served_by: Counter[str] = Counter()
        self._start = time.monotonic()
        self._last_sent = self._last_done = self._start
        self._done = 0
        self._tallies: defaultdict[int, _Tally] = defaultdict(_Tally)

    def begin(self) -> float:
        """Start the clock of the run and read it."""
        self.started_at = time.time()
        self._start = self._last_sent = self._last_done = time.monotonic()
        return self._start

    def sent(self, due: float, *, kept: bool) -> None:
        """Note that a request goes out now."""
        self._last_sent = time.monotonic()
        self.late = max(self.late, self._last_sent - due)
        self.kept += kept

    def succeeded(self, due: float, served_by: str | None) -> None:
        """Note that a request was answered as expected just now."""
        self._tally(due).latencies.append(self._settle(served_by) - due)

    def failed(self, due: float, failure: Failure) -> None:
        """Note a failed request."""
        self._settle(failure.served_by)
        self._tally(due).failed += 1
        self.failures.append(failure)

    def offset(self, due: float) -> float:
        """Give a clock reading in seconds from the start of the run."""
        return due - self._start

    def progress(self) -> Progress:
        """Give the numbers so far; safe to call from another thread."""
        return Progress(self._done, len(self.failures), time.monotonic() - self._start)

    @property
    def duration(self) -> float:
        """Seconds from the start to the last known outcome."""
        return self._last_done - self._start

    @property
    def requests(self) -> int:
        """Requests whose outcome is known."""
        return self._done

    def achieved_rate(self) -> float:
        """Give the rate of sending: intervals over the time that they took."""
        window = self._last_sent - self._start
        return (self._done - 1) / window if window > 0 else float(self._done)

    def latency(self) -> Latency:
        """Sum up the latencies of the whole run."""
        return Latency.of(value for tally in self._tallies.values() for value in tally.latencies)

    def timeline(self) -> tuple[Second, ...]:
        """Sum up each second."""
        return tuple(self._tallies[at].second(at) for at in range(max(self._tallies, default=-1) + 1))

    def _settle(self, served_by: str | None) -> float:
        self._done += 1
        self._last_done = time.monotonic()
        if served_by is not None:
            self.served_by[served_by] += 1
        return self._last_done

    def _tally(self, due: float) -> _Tally:
        return self._tallies[int(self.offset(due))]
