"""Work that several ask for at the same time is done once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class _Flight(Generic[T]):
    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self.waiting = 0
        self.task = asyncio.ensure_future(work())


class Flights(Generic[T]):
    """The work in progress, by key.

    It runs in a task of its own: a client that leaves takes its own wait along and nobody else's. When the last one
    leaves, the work is cancelled, and whoever asks then begins anew.
    """

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}

    async def join(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """Wait for the work of this key, begun here if it is not under way; what it raises, all who wait get."""
        flight = self._flights.get(key) or self._begin(key, work)
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                flight.task.cancel()
                self._end(key, flight)

    def _begin(self, key: str, work: Callable[[], Awaitable[T]]) -> _Flight[T]:
        flight = self._flights[key] = _Flight(work)
        flight.task.add_done_callback(lambda _: self._end(key, flight))
        return flight

    def _end(self, key: str, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
