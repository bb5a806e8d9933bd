"""Percentiles by nearest rank: exact, and always a latency that some request really had."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from the moment a request was due to its complete answer, over the requests that succeeded.

    Measuring from the due moment corrects for coordinated omission: a client that was held up counts the time it was
    held up, as HdrHistogram's users learnt to do. All values are 0 where nothing succeeded.
    """

    p50: float
    p90: float
    p99: float
    max: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> "Latency":
        """Summarise latencies given in any order."""
        ordered = sorted(seconds)
        if not ordered:
            return cls(0.0, 0.0, 0.0, 0.0)
        return cls(*(nearest_rank(ordered, share) for share in (50, 90, 99, 100)))


def nearest_rank(ordered: Sequence[float], percent: int) -> float:
    """Give the smallest value with at least `percent` of all values at or below it.

    Args:
        ordered: At least one value, ascending.
        percent: 1 to 100. Whole, so that the rank is exact: 0.07 * 100 is more than 7 in binary.
    """
    rank = math.ceil(len(ordered) * percent / 100)
    return ordered[rank - 1]
