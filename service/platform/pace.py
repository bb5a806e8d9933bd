"""How often one peer may do something, in two numbers (GCRA, ITU-T I.371)."""

from limits import RateLimitItem


class Pace:
    """A rate with its bursts: `20/second` allows twenty at once, and another each 50 ms.

    Args:
        rate: the limit; None for none.
    """

    def __init__(self, rate: RateLimitItem | None) -> None:
        self._window = float(rate.get_expiry()) if rate else 0.0
        self._interval = self._window / rate.amount if rate else 0.0
        self._due = 0.0
        self._refused = 0
        self._patience = rate.amount if rate else 0

    def allows(self, now: float) -> bool:
        """Whether once more is within the rate; what is refused does not count.

        Args:
            now: seconds of a clock that never goes back.
        """
        due = max(self._due, now)
        if due - now > self._window - self._interval / 2:  # half: sums of fractions are never exact
            self._refused += 1
            return False
        self._due = due + self._interval
        self._refused = max(0, self._refused - 1)
        return True

    @property
    def exhausted(self) -> bool:
        """Whether as many more were refused than allowed as the rate allows in a burst."""
        return self._refused > self._patience
