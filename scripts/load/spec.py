"""One load as data: where to, how fast, how long, what."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from scripts.load.errors import LoadError
from scripts.load.target import Target
from scripts.load.traffic import ITEM_TRAFFIC, Kind, check_traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSpec:
    """A load at a fixed rate, whatever the answers do (open model), within hard bounds.

    Attributes:
        target: Where the requests go.
        rate: Requests per second.
        seconds: Requests that are due within this time are sent; one that a slow machine would send more than a second
            after it is not sent at all.
        requests: The run sends no more than this; None leaves the bound to `seconds`.
        traffic: The kinds of requests, with weights.
        kept_share: Share of requests on kept connections, 0 to 1, spread evenly; each other one opens its own.
        connections: Kept connections that are held open; more are opened while all of these are busy.
        timeout: Seconds that a request may take from its sending, connecting included.
        seed: The order of kinds follows from it.
        token: Asked before each request for the access token to send (RFC 6750), from the thread of the run, so it must
            not wait; None sends none. A token stands in no result.
    """

    target: Target
    rate: float
    seconds: float
    requests: int | None = None
    traffic: tuple[Kind, ...] = ITEM_TRAFFIC
    kept_share: float = 0.5
    connections: int = 16
    timeout: float = 5.0
    seed: int = 0
    token: Callable[[], str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("rate", "seconds", "timeout", "connections"):
            _positive(name, getattr(self, name))
        if self.requests is not None:
            _positive("requests", self.requests)
        if not 0 <= self.kept_share <= 1:
            raise LoadError(f"kept_share is {self.kept_share}: it must be between 0 (all new) and 1 (all kept).")
        check_traffic(self.traffic)

    @property
    def most_requests(self) -> int:
        """How many requests are sent when nothing stops the run."""
        within = math.ceil(self.rate * self.seconds)
        return within if self.requests is None else min(within, self.requests)


def _positive(name: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise LoadError(f"{name} is {value}: it must be greater than 0 and finite.")
