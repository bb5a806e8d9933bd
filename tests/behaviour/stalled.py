"""G31: one client of a hundred stops reading."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from scripts.load.percentiles import nearest_rank
from tests.behaviour import budgets
from tests.behaviour.figures import Figure
from tests.behaviour.logins import memory, worker_of
from tests.behaviour.stand import Stand
from tests.support.people import join

OTHERS = 99
MESSAGES = 200
PACE = 0.05
FILLING_PACE = 0.01  # beside the messages: all at once, those would wait behind them, whoever reads or not
PADDING = "x" * 16_000
FILLING = "y" * 16_000
FILLINGS = 600  # 9.6 MB are more than the kernel and the queue keep for who does not read
PATIENCE = 10.0
DROPPED = "slipway_websockets_dropped_total 1.0"
ROOM, MANAGER = "/ws/rooms/lobby", "/ws/1"
SETTINGS: dict[str, Any] = {
    "socket_stall_seconds": 2,
    "socket_queue": 64,
    "socket_rate": "1000/second",
    "sockets_per_user": 2 * OTHERS,
    "socket_text_length": 16_384,
}
Say = Callable[[str, int], str]


@dataclass
class Crowd:
    """Clients that hear everything; each message carries the moment it was said."""

    expected: int
    counts: list[int] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)

    async def hear(self, connection: ClientConnection) -> None:
        number = len(self.counts)
        self.counts.append(0)
        with contextlib.suppress(ConnectionClosed):
            async for text in connection:
                if PADDING in str(text):
                    self.counts[number] += 1
                    self.delays.append(time.monotonic() - float(str(text).split("@")[1]))
                if self.counts[number] == self.expected:
                    return

    @property
    def lost(self) -> int:
        return sum(self.expected - count for count in self.counts)

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return 1000 * nearest_rank(sorted(self.delays), 99) if self.delays else 1000 * PATIENCE


@contextlib.contextmanager
def deaf(port: int, path: str, headers: dict[str, str]) -> Iterator[None]:
    """A WebSocket that is opened and then never read."""
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    fields = {"Host": "127.0.0.1", **upgrade, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", **headers}
    lines = [f"{name}: {value}\r\n" for name, value in fields.items()]
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.sendall("".join([f"GET {path} HTTP/1.1\r\n", *lines, "\r\n"]).encode())
        connection.recv(12)  # HTTP/1.1 101
        yield


@contextlib.asynccontextmanager
async def opened(address: str, headers: dict[str, str], count: int) -> AsyncIterator[list[ClientConnection]]:
    async with contextlib.AsyncExitStack() as stack:
        options: dict[str, Any] = {
            "additional_headers": headers,
            "proxy": None,
            "ping_interval": None,
            "close_timeout": 1,
        }
        yield [await stack.enter_async_context(connect(address, **options)) for _ in range(count)]


@dataclass(frozen=True)
class Stalled:
    """Who does not read, and what is said to nobody else meanwhile, so that soon nothing more can be sent."""

    headers: dict[str, str]
    filling: tuple[str, ...] = ()


async def fill(connection: ClientConnection, texts: tuple[str, ...]) -> None:
    for text in texts:
        await connection.send(text)
        await asyncio.sleep(FILLING_PACE)


async def talk(port: int, path: str, headers: dict[str, str], say: Say, stalled: Stalled) -> Crowd:
    """One of the crowd says long messages, all but the deaf one hear them."""
    crowd = Crowd(count := MESSAGES)
    with deaf(port, path, stalled.headers):
        async with opened(f"ws://127.0.0.1:{port}{path}", headers, OTHERS) as connections:
            listening = [asyncio.create_task(crowd.hear(each)) for each in connections]
            filling = asyncio.create_task(fill(connections[1], stalled.filling))
            for number in range(count):
                await connections[0].send(say(f"@{time.monotonic()}@{PADDING}", number))
                await asyncio.sleep(PACE)
            await asyncio.wait([*listening, filling], timeout=PATIENCE)
            for task in (*listening, filling):
                task.cancel()
    return crowd


def in_room(text: str, number: int) -> str:
    """As the service takes it."""
    return json.dumps({"type": "message", "text": text, "ref": str(number)})


def to_one(user: int, number: int) -> str:
    """A message that only one user and its sender hear."""
    return json.dumps({"type": "message", "text": FILLING, "ref": f"filling {number}", "to": str(user)})


def plain(text: str, _number: int) -> str:
    """As the manager takes it."""
    return text


def measure(stand: Stand) -> Iterator[Figure]:
    with stand.serving(**SETTINGS) as server:
        headers, process = join(server.public).headers, worker_of(server.process.pid)
        person = join(server.public, "Deaf")
        stalled = Stalled(person.headers, tuple(to_one(person.id, number) for number in range(FILLINGS)))
        before = memory(process, "VmRSS")
        crowd = asyncio.run(talk(server.public_port, ROOM, headers, in_room, stalled))
        growth = memory(process, "VmHWM") - before
        dropped = DROPPED in httpx.get(f"{server.admin}/metrics").text
    with stand.naive("guide") as naive:
        usual = asyncio.run(talk(naive.port, MANAGER, {}, plain, Stalled({})))
    yield Figure(budgets.STALL_LOST, crowd.lost, f"{usual.lost:,} of {OTHERS * MESSAGES:,}")
    yield Figure(budgets.STALL_P99, crowd.p99, f"{usual.p99:.0f} ms")
    yield Figure(budgets.STALL_CODE, 100 * dropped, "0 %")
    yield Figure(budgets.STALL_MEMORY, growth)
