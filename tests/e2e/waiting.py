"""Waiting for what a cluster does in its own time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL = 0.25


def wait_until(predicate: Callable[[], T], timeout: float, what: str, interval: float = INTERVAL) -> T:
    """Ask until the answer is true, and give it; an assertion error names what did not come and the last answer.

    Args:
        predicate: Asked at each interval, and once more at the end.
        timeout: Seconds.
        what: What is waited for, as "two pods serve".
        interval: Seconds; more than a quarter where asking costs something.
    """
    deadline = time.monotonic() + timeout
    while True:
        late = time.monotonic() >= deadline
        answer = predicate()
        if answer:
            return answer
        if late:
            raise AssertionError(f"not within {timeout:g} s: {what}; at last {answer!r}")
        time.sleep(interval)
