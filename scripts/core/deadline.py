"""How long a wait may still take."""

import time


class Deadline:
    """A point in time `seconds` from now, by the clock that nobody sets back."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then; 0 once it is past."""
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether it is past."""
        return self.left == 0.0

    def pause(self, seconds: float) -> None:
        """Sleep for `seconds`, but not beyond the deadline: the pace of a poll where nothing can be watched."""
        time.sleep(min(seconds, self.left))
