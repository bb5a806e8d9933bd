"""G4: a request that would take longer than the budget. G5: two hundred WebSockets at SIGTERM."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.behaviour import budgets
from tests.behaviour.figures import Figure
from tests.behaviour.load import get
from tests.behaviour.stand import Stand
from tests.support.half_request import HalfRequest

DRAIN, GRACEFUL = 2, 2
STOP = {"drain_seconds": DRAIN, "graceful_seconds": GRACEFUL, "termination_grace_seconds": 15, "log_level": "info"}
SOCKETS = 200
LATE_SECONDS = 20.0
GUNICORN = ("gunicorn", "-k", "uvicorn_worker.UvicornWorker", "--graceful-timeout", str(GRACEFUL))


def overrun(stand: Stand) -> tuple[float, bool]:
    """Seconds above the budget until exit, and whether the lifespan closed."""
    with stand.serving(**STOP) as server, HalfRequest(server):
        begin = server.terminate()
        server.process.wait(30)
        return time.monotonic() - begin - DRAIN - GRACEFUL, "Application shutdown complete." in server.output()


def naive_overrun(stand: Stand) -> tuple[float, bool]:
    """Of gunicorn with uvicorn's worker, whose graceful_timeout uvicorn is not told."""
    with stand.naive("guide", program=GUNICORN) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(get("/slow"))
            _until_asked(server.port)
            begin = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(30)
        return time.monotonic() - begin - GRACEFUL, "shutdown complete" in server.log.read_text()


def _until_asked(port: int) -> None:
    """A second request is answered once the first is under way: there is one worker with one loop."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(get("/api/version"))
        connection.recv(1)


@dataclass(frozen=True)
class Goodbye:
    """How one socket ended, and how many seconds after the signal."""

    code: int
    reason: str
    moment: float


async def goodbyes(address: str, terminate: Callable[[], object], sockets: int = SOCKETS) -> list[Goodbye]:
    """Open the sockets, give the signal, and see how each one ends."""
    async with contextlib.AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(connect(address, proxy=None)) for _ in range(sockets)]
        begin = time.monotonic()
        terminate()
        return await asyncio.gather(*(_goodbye(each, begin) for each in opened))


async def _goodbye(connection: ClientConnection, begin: float) -> Goodbye:
    ended: Awaitable[object] = connection.wait_closed()
    with contextlib.suppress(TimeoutError, ConnectionClosed):
        await asyncio.wait_for(ended, LATE_SECONDS)
    return Goodbye(connection.close_code or 1006, connection.close_reason or "", time.monotonic() - begin)


def spread(ended: list[Goodbye]) -> float:
    """Of the drain, in percent."""
    moments = [each.moment for each in ended]
    return 100 * (max(moments) - min(moments)) / DRAIN


def unnamed(ended: list[Goodbye]) -> int:
    """Those that were not told to come back."""
    return sum(each.code != 1012 or not each.reason for each in ended)


def measure(stand: Stand) -> Iterator[Figure]:
    ours, naive = overrun(stand), naive_overrun(stand)
    yield Figure(budgets.OVERRUN, ours[0], f"{naive[0]:.2f} s, by SIGKILL")
    yield Figure(budgets.LIFESPAN_CLOSED, 100 * ours[1], f"{100 * naive[1]} %")
    with stand.serving(**STOP) as server:
        ended = asyncio.run(goodbyes(f"ws://127.0.0.1:{server.public_port}/ws/echo", server.terminate))
    with stand.naive("guide") as plain:
        cut = asyncio.run(goodbyes(f"ws://127.0.0.1:{plain.port}/ws/1", plain.process.terminate))
    yield Figure(budgets.SOCKETS_LOST, unnamed(ended), str(unnamed(cut)))
    yield Figure(budgets.SOCKETS_SPREAD, spread(ended), f"{spread(cut):.0f} %")
    yield Figure(budgets.SOCKETS_LATE, sum(each.moment > DRAIN for each in ended))
