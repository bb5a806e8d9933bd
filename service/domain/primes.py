"""An expensive computation: deterministic, and nothing but arithmetic."""

from collections.abc import Callable, Iterator
from itertools import count, islice

STEPS = 64  # between pauses; about half a millisecond


def nth(position: int, pause: Callable[[], None]) -> int:
    """The prime at the position, 2 being the first; calls `pause` now and then, which may raise to end it."""
    return next(islice(_primes(pause), position - 1, None))


def _primes(pause: Callable[[], None]) -> Iterator[int]:
    found: list[int] = []
    for candidate in count(2):
        if candidate % STEPS == 0:
            pause()
        if _is_prime(candidate, found):
            found.append(candidate)
            yield candidate


def _is_prime(candidate: int, smaller: list[int]) -> bool:
    for prime in smaller:
        if prime * prime > candidate:
            return True
        if candidate % prime == 0:
            return False
    return True
