"""The WebSockets that are open, so that a drain can close them one after another instead of all at once."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fastapi import WebSocket, status
from prometheus_client import Gauge

from service.platform.lifecycle import Lifecycle

log = logging.getLogger("service.sockets")
CLOSE_SECONDS = 1.0
SHARE_OF_DRAIN = 0.8  # the last fifth is for clients that came late, and for their close handshakes


class Sockets:
    """Open WebSockets; closed with 1012 "service restart" in even steps over the drain (RFC 6455, 7.4)."""

    def __init__(self, lifecycle: Lifecycle, gauge: Gauge) -> None:
        self._open: set[WebSocket] = set()
        self._lifecycle = lifecycle
        self._gauge = gauge
        lifecycle.on_drain(self._begin_closing)

    @contextmanager
    def held(self, websocket: WebSocket) -> Iterator[None]:
        """Count the socket as open while the block runs."""
        self._open.add(websocket)
        self._gauge.inc()
        try:
            yield
        finally:
            self._open.discard(websocket)
            self._gauge.dec()

    def _begin_closing(self) -> None:
        self._closing = asyncio.ensure_future(self._close_all(self._lifecycle.drain_seconds * SHARE_OF_DRAIN))

    async def _close_all(self, seconds: float) -> None:
        waiting = list(self._open)
        for websocket in waiting:
            await asyncio.sleep(seconds / len(waiting))
            await self._close(websocket)

    async def _close(self, websocket: WebSocket) -> None:
        if websocket not in self._open:
            return
        # A peer that stopped reading would hold the close for ever, and one that just left has nothing to close.
        with suppress(TimeoutError, RuntimeError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await websocket.close(status.WS_1012_SERVICE_RESTART, "the server is restarting, reconnect")
