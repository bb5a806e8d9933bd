"""The hub with a bus that does what the test says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from service.platform.bus import Event, History, MemoryBus, Position
from service.platform.errors import UnavailableError
from service.platform.hub import Entry, Hub, Subscriber
from service.platform.metrics import Metrics
from service.platform.outbox import CloseError, Outbox
from tests.support.sockets import FakeSocket


class ShakyBus(MemoryBus):
    """Goes away and comes back when it is told to."""

    away = False
    broken = False

    @property
    def degraded(self) -> bool:  # type: ignore[override]
        return self.away

    async def history(self, room: str, after: Position | None) -> History:
        if self.away or self.broken:
            raise UnavailableError("away")
        return await super().history(room, after)


@pytest.fixture
def bus() -> ShakyBus:
    return ShakyBus(10)


@pytest.fixture
async def hub(bus: ShakyBus) -> AsyncIterator[Hub]:
    hub = Hub(bus, Metrics("test"))
    async with hub.running():
        yield hub


async def say(hub: Hub, text: str, room: str = "lobby", only: tuple[str, ...] = ()) -> str:
    return await hub.publish(room, {"type": "message", "text": text}, only=only)


class Heard:
    """What one socket was sent."""

    def __init__(self, socket: FakeSocket, subscriber: Subscriber, task: "asyncio.Task[None]") -> None:
        self.subscriber = subscriber
        self.task = task
        self._socket = socket

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self._socket.sent]

    @property
    def short(self) -> list[str]:
        return [frame.get("text", frame["type"]) for frame in self.frames]

    async def settled(self) -> list[str]:
        for _ in range(20):
            await asyncio.sleep(0)
        return self.short


@asynccontextmanager
async def hearing(
    hub: Hub, user: str = "1", last_id: str | None = None, room: str = "lobby", socket: FakeSocket | None = None
) -> AsyncIterator[Heard]:
    socket = socket or FakeSocket()
    box = Outbox[Entry](socket.websocket, size=50, stall_seconds=0.2)
    subscriber = Subscriber(hub, room, user, box, last_id)
    with hub.subscribed(subscriber):
        task = asyncio.create_task(subscriber.write())
        yield Heard(socket, subscriber, task)
        task.cancel()
        await asyncio.wait([task])


async def test_a_stalled_socket_holds_up_nobody(hub: Hub) -> None:
    async with hearing(hub, socket=FakeSocket(stalled=True)) as stalled, hearing(hub) as well:
        for number in range(500):
            await say(hub, str(number))
        assert (await well.settled()) == [str(number) for number in range(500)]
        await asyncio.wait([stalled.task], timeout=30)
        error = stalled.task.exception()
        assert isinstance(error, CloseError)
        assert error.code == 1013
        assert not stalled.subscriber.outbox._waiting


async def test_history_then_now_none_twice_and_none_missed(hub: Hub) -> None:
    first = await say(hub, "0")
    for number in range(1, 4):
        await say(hub, str(number))
    async with hearing(hub, last_id=first) as heard:
        await say(hub, "4")  # while the history is being read
        assert await heard.settled() == ["1", "2", "3", "4"]
        await say(hub, "5")
        assert await heard.settled() == ["1", "2", "3", "4", "5"]


async def test_an_event_that_the_history_covered_and_comes_late_is_skipped(hub: Hub) -> None:
    """Another process' bus may deliver what this client has already read there."""
    first = await say(hub, "0")
    second = Position.parse(await say(hub, "1"))
    assert second is not None
    async with hearing(hub, last_id=first) as heard:
        assert await heard.settled() == ["1"]
        hub.deliver(Event(second, "lobby", {"type": "message", "text": "1"}))
        hub.deliver(Event(second._replace(epoch="ffffffff"), "lobby", {"type": "message", "text": "another epoch"}))
        assert await heard.settled() == ["1", "another epoch"]


async def test_what_is_meant_for_one_reaches_no_other_also_later(hub: Hub) -> None:
    start = str(hub.bus.position)
    async with hearing(hub, "1") as one, hearing(hub, "2") as two, hearing(hub, "3") as three:
        await say(hub, "psst", only=("1", "2"))
        assert (await one.settled(), await two.settled(), await three.settled()) == (["psst"], ["psst"], [])
    async with hearing(hub, "2", start) as two, hearing(hub, "3", start) as three:
        assert (await two.settled(), await three.settled()) == (["psst"], [])


async def test_a_gap_is_told_before_what_is_left(hub: Hub) -> None:
    for number in range(12):
        await say(hub, str(number))
    async with hearing(hub, last_id="nonsense") as heard:
        assert await heard.settled() == ["gap", *(str(number) for number in range(2, 12))]


async def test_who_joins_while_the_bus_is_away_catches_up_when_it_is_back(hub: Hub, bus: ShakyBus) -> None:
    first = await say(hub, "0")
    await say(hub, "1")
    bus.away = True
    async with hearing(hub, last_id=first) as heard, hearing(hub) as other:
        assert await heard.settled() == []
        bus.away = False
        hub.state(degraded=False)
        await say(hub, "2")
        assert await heard.settled() == ["state", "1", "2"]
        assert await other.settled() == ["state", "2"]


async def test_a_history_that_cannot_be_read_is_no_silence(hub: Hub, bus: ShakyBus) -> None:
    bus.broken = True
    async with hearing(hub, last_id="nonsense") as heard:
        await asyncio.wait([heard.task], timeout=30)
        error = heard.task.exception()
        assert isinstance(error, CloseError)
        assert error.code == 1013


async def test_every_socket_hears_that_the_bus_went_away_and_what_may_be_lost(hub: Hub) -> None:
    async with hearing(hub, room="a") as one, hearing(hub, room="b") as two:
        hub.state(degraded=True)
        hub.lost(Position("0000000a", 5))
        hub.state(degraded=False)
        for heard in (one, two):
            await heard.settled()
            assert heard.frames == [
                {"type": "state", "degraded": True},
                {"type": "gap", "last_id": "0000000a.5-0"},
                {"type": "state", "degraded": False},
            ]


async def test_an_event_is_rendered_once_for_all(hub: Hub) -> None:
    async with hearing(hub) as one, hearing(hub) as two:
        await say(hub, "hello")
        await one.settled()
        await two.settled()
        assert one._socket.sent[0] is two._socket.sent[0]


async def test_an_empty_room_leaves_nothing_behind(hub: Hub) -> None:
    async with hearing(hub):
        assert hub.count("lobby", "1") == 1
    assert not hub._rooms
