"""Loads: clients that ask again as soon as they were answered, and requests at a rate whatever the answers do."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from scripts.load.connection import Connection
from scripts.load.errors import LoadError
from scripts.load.failures import ExchangeError
from scripts.load.percentiles import nearest_rank
from scripts.load.response import Answer
from scripts.load.target import Target

TIMEOUT_SECONDS = 20.0
Pick = Callable[[], Target]


@dataclass
class Tally:
    """What became of the requests; latencies are those that were answered as expected, in seconds."""

    latencies: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def failed(self) -> int:
        return sum(self.outcomes.values()) - len(self.latencies)

    @property
    def p99(self) -> float:
        return nearest_rank(sorted(self.latencies), 99) if self.latencies else TIMEOUT_SECONDS

    def note(self, answer: Answer, seconds: float) -> None:
        self.outcomes[str(answer.status)] += 1
        (self.latencies if answer.status == 200 else self.refused).append(seconds)


def get(path: str, headers: dict[str, str] | None = None) -> bytes:
    """A request as it stands on the wire."""
    fields = {"Host": "127.0.0.1", **(headers or {})}
    return "".join([f"GET {path} HTTP/1.1\r\n", *(f"{n}: {v}\r\n" for n, v in fields.items()), "\r\n"]).encode()


def at(address: str) -> Pick:
    """Always the same target."""
    target = Target.of(address)
    return lambda: target


class Client:
    """One client with one request at a time, never sent twice."""

    def __init__(self, pick: Pick, request: bytes, tally: Tally, *, kept: bool = True) -> None:
        self.pick, self.request, self.tally, self.kept = pick, request, tally, kept
        self.target: Target | None = None
        self.connection: Connection | None = None

    async def send(self) -> None:
        begin = time.monotonic()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await (await self._connected()).exchange(self.request)
        except (ExchangeError, LoadError, TimeoutError) as error:
            self.tally.outcomes[type(error).__name__ if isinstance(error, TimeoutError) else str(error)] += 1
            self.close()
        else:
            self.tally.note(answer, time.monotonic() - begin)

    async def _connected(self) -> Connection:
        target = self.pick()
        if self.connection and (not self.kept or target != self.target or not self.connection.usable()):
            self.close()
        if self.connection is None:
            self.target, self.connection = target, await Connection.open(target)
        return self.connection

    def close(self) -> None:
        if self.connection:
            self.connection.abort()
            self.connection = None


async def closed_loop(
    pick: Pick,
    request: bytes,
    *,
    clients: int,
    seconds: float = 0,
    until: asyncio.Event | None = None,
    kept: bool = True,
) -> Tally:
    """Each client asks again as soon as it was answered, for some seconds or until the event."""
    tally, begin = Tally(), time.monotonic()

    def over() -> bool:
        return until.is_set() if until else time.monotonic() - begin >= seconds

    async def ask() -> None:
        client = Client(pick, request, tally, kept=kept)
        while not over():
            await client.send()
        client.close()

    tasks = [asyncio.create_task(ask()) for _ in range(clients)]
    await asyncio.wait(tasks, timeout=None if until else seconds)
    tally.seconds = time.monotonic() - begin
    for task in tasks:
        task.cancel()  # what is under way when the time is over is no failure
    await asyncio.gather(*tasks, return_exceptions=True)
    return tally


async def open_loop(address: str, request: bytes, *, rate: float, seconds: float) -> Tally:
    """Send at a rate, whatever became of those before; each on a connection of its own, or on one that is idle."""
    tally, begin, idle = Tally(), time.monotonic(), list[Client]()
    pick = at(address)

    async def ask() -> None:
        client = idle.pop() if idle else Client(pick, request, tally)
        await client.send()
        idle.append(client)

    async with asyncio.TaskGroup() as group:
        for number in itertools.count():
            due = begin + number / rate
            if due >= begin + seconds:
                break
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(ask())
        tally.seconds = time.monotonic() - begin
        await asyncio.sleep(0)
    for client in idle:
        client.close()
    return tally
