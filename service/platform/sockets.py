"""The WebSockets that are open, so that a drain can close them one after another instead of all at once."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import WebSocket, status
from prometheus_client import Gauge

from service.platform.errors import LimitedError
from service.platform.lifecycle import Lifecycle
from service.platform.outbox import close

log = logging.getLogger("service.sockets")
SHARE_OF_DRAIN = 0.8  # the last fifth is for clients that came late, and for their close handshakes
End = Callable[[int, str], object]


class Sockets:
    """Open WebSockets; closed with 1012 "service restart" in even steps over the drain (RFC 6455, 7.4)."""

    def __init__(self, lifecycle: Lifecycle, gauge: Gauge) -> None:
        self._open: dict[WebSocket, End | None] = {}
        self._users: Counter[str] = Counter()
        self._lifecycle = lifecycle
        self._gauge = gauge
        lifecycle.on_drain(self._begin_closing)

    @property
    def draining(self) -> bool:
        """Whether new sockets would be closed at once."""
        return self._lifecycle.draining

    @contextmanager
    def held(self, websocket: WebSocket, end: End | None = None) -> Iterator[None]:
        """Count the socket as open while the block runs; `end` closes it in the drain where it has a way of its own."""
        self._open[websocket] = end
        self._gauge.inc()
        try:
            yield
        finally:
            del self._open[websocket]
            self._gauge.dec()

    @contextmanager
    def counted(self, user: str, most: int) -> Iterator[None]:
        """Count a socket of the user while the block runs.

        Raises:
            LimitedError: this would be more than the most a user may hold in this process.
        """
        if self._users[user] >= most:
            raise LimitedError(f"{most} WebSockets are open already, which is the most.", {"Retry-After": "1"})
        self._users[user] += 1
        try:
            yield
        finally:
            self._users[user] -= 1
            self._users += Counter()  # drops who has none

    def _begin_closing(self) -> None:
        self._closing = asyncio.ensure_future(self._close_all(self._lifecycle.drain_seconds * SHARE_OF_DRAIN))

    async def _close_all(self, seconds: float) -> None:
        waiting = list(self._open)
        for websocket in waiting:
            await asyncio.sleep(seconds / len(waiting))
            if websocket in self._open:
                await self._close(websocket, status.WS_1012_SERVICE_RESTART, "the server is restarting, reconnect")

    async def _close(self, websocket: WebSocket, code: int, reason: str) -> None:
        end = self._open[websocket]
        if end:
            end(code, reason)
        else:
            await close(websocket, code, reason)
