"""What a run gives back: frozen, and JSON by `to_json`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from scripts.load.failures import Failure, FailureClass
from scripts.load.items import Writes
from scripts.load.percentiles import Latency


@dataclass(frozen=True, slots=True)
class Second:
    """One second of a run; a request belongs to the second in which it was due.

    Attributes:
        at: Seconds from the start of the run.
        sent: Requests that were due.
        failed: Those of them that failed.
        p99: Of the latencies of those that succeeded, in seconds; 0 where none did.
    """

    at: int
    sent: int
    failed: int
    p99: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is.

    Attributes:
        requests: Requests whose outcome is known.
        failed: Those of them that failed.
        seconds: Seconds since the start.
    """

    requests: int
    failed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The outcome of a run; times are in seconds.

    Attributes:
        target: URL.
        rate: Requests per second asked for.
        achieved_rate: Requests per second sent.
        ceiling: Requests per second that this client was measured to manage on this machine.
        started_at: Start of the run, seconds since the epoch.
        duration: From the start until the last outcome was known.
        requests: Requests sent; each was sent once.
        kept: How many of them went by a kept connection.
        connections: Connections opened.
        latency: From the moment due to the complete answer, over the requests that succeeded.
        late: The most that a request was sent after it was due: the delay that is the client's own.
        failures: Every failed request, in order of being known.
        failures_by_class: Their number by class; classes that did not occur are absent.
        timeline: One entry per second.
        served_by: Answers by `X-Served-By`, where an answer carried one.
        writes: The items that the run made.
    """

    target: str
    rate: float
    achieved_rate: float
    ceiling: float
    started_at: float
    duration: float
    requests: int
    kept: int
    connections: int
    latency: Latency
    late: float
    failures: tuple[Failure, ...]
    failures_by_class: Mapping[FailureClass, int]
    timeline: tuple[Second, ...]
    served_by: Mapping[str, int]
    writes: Writes

    @property
    def pods(self) -> frozenset[str]:
        """The pods that served."""
        return frozenset(self.served_by)

    @property
    def failed_writes(self) -> tuple[Failure, ...]:
        """Failures of requests that change something; whether they were carried out is not known."""
        return tuple(failure for failure in self.failures if failure.method != "GET")

    def to_json(self) -> str:
        """Give the whole result as one JSON object with the names of the attributes."""
        return json.dumps(asdict(self))
