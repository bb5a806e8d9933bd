"""What a bus tells, and what is told to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry, Counter

from service.platform.bus import Bus, Event, Position
from service.platform.redis import open_redis
from service.platform.secrets import Secrets
from service.platform.streams import RedisBus

SECONDS = 20.0


async def until(fact: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not fact():  # noqa: ASYNC110 - a fact of another process has no event
            await asyncio.sleep(0.005)


class Ear:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.states: list[bool] = []
        self.losses: list[Position] = []

    def deliver(self, event: Event) -> None:
        self.events.append(event)

    def state(self, *, degraded: bool) -> None:
        self.states.append(degraded)

    def lost(self, since: Position) -> None:
        self.losses.append(since)

    @property
    def texts(self) -> list[str]:
        return [event.body["text"] for event in self.events]


async def say(bus: Bus, text: str, room: str = "lobby", key: str | None = None) -> Position:
    return await bus.publish(room, {"type": "message", "text": text}, key=key, only=frozenset())


def redis_bus(url: str, kept: int = 100) -> RedisBus:
    """A bus like that of one process."""
    failures = Counter("failures", "Failures", registry=CollectorRegistry())
    return RedisBus(open_redis(url, Secrets({"redis_password": ""}, {}, lambda *_: None)), failures, kept)


@asynccontextmanager
async def heard(bus: Bus) -> AsyncIterator[Ear]:
    ear = Ear()
    try:
        async with bus.running(ear):
            yield ear
    finally:
        if isinstance(bus, RedisBus):
            await bus.redis.aclose()


@asynccontextmanager
async def cut_off(bus: RedisBus, port: int) -> AsyncIterator[None]:
    """Keep the bus from reading while the block runs, whatever Redis does at the port."""
    pool = bus._reader.connection_pool
    pool.connection_kwargs["port"] = 1
    await pool.disconnect()
    pool.reset()  # type: ignore[no-untyped-call]
    await until(lambda: bus.degraded)
    try:
        yield
    finally:
        pool.connection_kwargs["port"] = port
        pool.reset()  # type: ignore[no-untyped-call]
