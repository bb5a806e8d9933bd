"""G30: one room in two processes, with an outage of Redis in between."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from scripts.load.percentiles import nearest_rank
from tests.behaviour import budgets
from tests.behaviour.figures import Figure
from tests.behaviour.stand import Stand
from tests.support.people import join
from tests.support.ports import free_port
from tests.support.redis import redis_server
from tests.support.rooms import Frame, Peer, in_room
from tests.support.server import Server

MESSAGES = 500
NAIVE_MESSAGES = 50
PACE = 0.01
PATIENCE = 20.0
SETTINGS: dict[str, Any] = {"socket_rate": "1000/second"}


@dataclass
class Listener:
    """Hears everything in a room, and when."""

    peer: Peer
    heard: list[tuple[str, float]] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    closed: bool = False

    async def listen(self) -> None:
        try:
            while True:
                self._note(await self.peer.hear("message", "state"))
        except ConnectionClosed:
            self.closed = True

    def _note(self, frame: Frame) -> None:
        if frame["type"] == "state":
            self.states.append("degraded" if frame["degraded"] else "whole")
        else:
            self.heard.append((frame["text"], time.monotonic()))

    async def until_heard(self, text: str) -> bool:
        """Whether the text comes before patience ends."""
        return await self._until(lambda: any(text == each for each, _ in self.heard))

    async def until_told(self, *states: str) -> bool:
        return await self._until(lambda: self.states == list(states))

    async def _until(self, there: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + PATIENCE
        while not there() and not self.closed and time.monotonic() < deadline:  # noqa: ASYNC110 - it may never come
            await asyncio.sleep(0.02)
        return there()


@contextlib.asynccontextmanager
async def listening(server: Server, room: str, token: str) -> AsyncIterator[Listener]:
    """A listener in the room."""
    async with in_room(f"ws://127.0.0.1:{server.public_port}", room, token) as peer:
        listener = Listener(peer)
        task = asyncio.create_task(listener.listen())
        try:
            yield listener
        finally:
            task.cancel()


async def talk(speaker: Peer, count: int) -> dict[str, float]:
    """Say numbers, and when each was said."""
    said = {}
    for number in range(count):
        said[str(number)] = time.monotonic()
        await speaker.say(str(number), ref=f"talk {number}")
        await asyncio.sleep(PACE)
    return said


@dataclass(frozen=True)
class Talk:
    """What a listener of the other process heard."""

    delays: list[float]
    wrong: int

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return 1000 * nearest_rank(sorted(self.delays), 99) if self.delays else PATIENCE * 1000


async def across(speaker: Peer, listener: Listener, count: int) -> Talk:
    """Say numbers at one process, and compare with what the other one's listener heard."""
    said = await talk(speaker, count)
    await listener.until_heard(str(count - 1))
    texts = [text for text, _ in listener.heard]
    in_order = [text for text in dict.fromkeys(texts) if text in said]
    wrong = len(texts) - len(set(texts)) + len(said.keys() - set(texts)) + (in_order != sorted(in_order, key=int))
    return Talk([moment - said[text] for text, moment in listener.heard], wrong)


@dataclass(frozen=True)
class Outage:
    """What an outage of Redis did to the sockets."""

    closed: int
    silent: int


async def outage(
    speaker: Peer, listeners: list[Listener], redis: contextlib.ExitStack, again: Callable[[], None]
) -> Outage:
    """Stop Redis, start it again, and say something."""
    redis.close()
    told = [await each.until_told("degraded") for each in listeners]
    again()
    told += [await each.until_told("degraded", "whole") for each in listeners]
    await speaker.say("after the outage", ref="after")
    told += [await each.until_heard("after the outage") for each in listeners]
    return Outage(sum(each.closed for each in listeners), told.count(False))


async def exercise(
    one: Server, other: Server, redis: contextlib.ExitStack, again: Callable[[], None], messages: int
) -> tuple[Talk, Outage]:
    """Ann speaks at one process; Bob listens at the other."""
    ann, bob = [await asyncio.to_thread(join, one.public, name) for name in ("Ann", "Bob")]
    async with (
        listening(one, "lobby", ann.token) as speaker,
        listening(other, "lobby", bob.token) as listener,
    ):
        heard = await across(speaker.peer, listener, messages)
        return heard, await outage(speaker.peer, [speaker, listener], redis, again)


def measure(stand: Stand, messages: int = MESSAGES) -> Iterator[Figure]:
    port, folder, redis = free_port(), stand.new_folder(), contextlib.ExitStack()

    def start() -> None:
        redis.enter_context(redis_server(folder, port))

    start()
    settings = {**SETTINGS, "redis_url": f"redis://127.0.0.1:{port}/0"}
    with redis, stand.serving(**settings) as one, stand.serving(**settings) as other:
        heard, ended = asyncio.run(exercise(one, other, redis, start, messages))
    lost = naive_losses(stand)
    yield Figure(budgets.ROOM_P99, heard.p99, "never")
    yield Figure(budgets.ROOM_WRONG, heard.wrong, f"{lost} of {NAIVE_MESSAGES}")
    yield Figure(budgets.ROOM_CLOSED, ended.closed)
    yield Figure(budgets.ROOM_SILENT, ended.silent)


def naive_losses(stand: Stand) -> int:
    """Messages that a manager's own list of sockets does not bring to another process."""

    async def lose(one: str, other: str) -> int:
        async with connect(one, proxy=None) as speaker, connect(other, proxy=None) as listener:
            for number in range(NAIVE_MESSAGES):
                await speaker.send(str(number))
                await speaker.recv()
            await (await listener.ping())  # what was sent before is there now
            return NAIVE_MESSAGES - len(listener.recv_messages.frames)

    with stand.naive("guide") as one, stand.naive("guide") as other:
        return asyncio.run(lose(f"ws://127.0.0.1:{one.port}/ws/1", f"ws://127.0.0.1:{other.port}/ws/2"))
