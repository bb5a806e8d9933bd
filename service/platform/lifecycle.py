"""From SIGTERM to exit: readiness falls at once, requests are served through the drain, then the server stops.

The server's own handler closes the listeners the moment it runs. While the platform still routes to this process
(endpoint removal takes its time to spread) that loses requests, so the handler is held back for the drain.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("service.lifecycle")
SignalHandler = Callable[[int, FrameType | None], object]


class Lifecycle:
    """Where the process is between start and exit.

    Args:
        drain_seconds: how long SIGTERM is held back from the server.
    """

    def __init__(self, drain_seconds: float) -> None:
        self.drain_seconds = drain_seconds
        self.started = False
        self.draining = False
        self._on_drain: list[Callable[[], object]] = []
        self._stop_server: SignalHandler | None = None

    def on_drain(self, callback: Callable[[], object]) -> None:
        """Call back, on the event loop, when the drain begins."""
        self._on_drain.append(callback)

    @contextmanager
    def handling_signals(self) -> Iterator[None]:
        """Put the drain between SIGTERM and the server; needs a running loop.

        Outside a server, or off the main thread, there is no handler to hold back and nothing is done.
        """
        previous = signal.getsignal(signal.SIGTERM)
        if not callable(previous) or threading.current_thread() is not threading.main_thread():
            yield
            return
        self._loop = asyncio.get_running_loop()
        self._stop_server = previous
        signal.signal(signal.SIGTERM, self._on_signal)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, previous)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.draining:
            self._stop_now(number, frame)
            return
        self.draining = True
        self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        log.info("draining", extra={"seconds": self.drain_seconds})
        for callback in self._on_drain:
            callback()
        self._loop.call_later(self.drain_seconds, self._stop)

    def _stop(self) -> None:
        log.info("drained")
        if self._stop_server is not None:
            self._stop_server(signal.SIGTERM, None)

    def _stop_now(self, number: int, frame: FrameType | None) -> None:
        """A second signal: uvicorn ends at once when it is told to stop and then interrupted."""
        if self._stop_server is not None:
            self._stop_server(number, frame)
            self._stop_server(signal.SIGINT, frame)


class DrainLayer:
    """Ask clients and proxies to come back on a new connection, which will reach another process."""

    def __init__(self, app: ASGIApp, lifecycle: Lifecycle) -> None:
        self.app = app
        self.lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; answers that begin during the drain carry `Connection: close`."""

        async def send_closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self.lifecycle.draining:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self.app(scope, receive, send_closing if scope["type"] == "http" else send)
