"""A room whose pods are replaced: every acknowledged message reaches everybody who resumes, once and in order."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from scripts.drills.replacing import roll
from scripts.drills.stage import Stage
from scripts.phases.address import address
from scripts.phases.attach import attach, ingress_address_port
from scripts.phases.context import Context
from scripts.phases.user import User
from tests.drills.room_figures import RoomFigures
from tests.drills.rooms import Listener, Speaker

SENDERS, RECEIVERS, NAIVE = 3, 4, 3
RATE = 10.0
ROLLOUTS = 2
STEADY_SECONDS = 5.0
PATIENCE = 180.0


@asynccontextmanager
async def listening(listeners: tuple[Listener, ...]) -> AsyncIterator[None]:
    """Let them listen for as long as the block runs, from when all of them are there."""
    tasks = [asyncio.create_task(listener.listen()) for listener in listeners]
    try:
        async with asyncio.timeout(30):
            for listener in listeners:
                await listener.present.wait()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for the condition, or for the time to be over: what it means is for the assertions."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:  # noqa: ASYNC110 - listeners tell nobody what they hear
        await asyncio.sleep(0.1)


def replace_pods(context: Context) -> None:
    api = attach(context)
    for _ in range(ROLLOUTS):
        roll(Stage(context, api, PATIENCE))


async def drill(context: Context, user: User) -> RoomFigures:
    """Speak and listen through the Ingress while every pod is replaced, again and again."""
    url = f"ws{user.url.removeprefix('http')}/ws/rooms/drill-{uuid.uuid4().hex[:12]}"
    speakers = tuple(Speaker(url, user.token(), name=f"sender-{number}", rate=RATE) for number in range(SENDERS))
    listeners = tuple(Listener(url, user.token()) for _ in range(RECEIVERS))
    naive = tuple(Listener(url, user.token(), resume=False) for _ in range(NAIVE))
    enough, begin = asyncio.Event(), time.monotonic()
    async with listening((*listeners, *naive)):
        async with asyncio.TaskGroup() as group:
            for speaker in speakers:
                group.create_task(speaker.speak(enough))
            await asyncio.sleep(STEADY_SECONDS)  # both ends of the drill are to be steady
            await asyncio.to_thread(replace_pods, context)
            await asyncio.sleep(STEADY_SECONDS)
            enough.set()
        figures = RoomFigures(speakers, listeners, naive, ROLLOUTS, time.monotonic() - begin)
        await until(lambda: not any(map(figures.missing, listeners)), 30)
    return figures


@pytest.mark.timeout(600)
async def test_no_message_is_lost_told_twice_or_out_of_order(context: Context, tables: list[tuple[str, str]]) -> None:
    api = attach(context)
    port = ingress_address_port(api)
    await asyncio.to_thread(Stage(context, api, PATIENCE).steady)
    with User(address(port)) as user:
        figures = await drill(context, user)
    tables.append(("a room through rolling updates", figures.table()))
    assert figures.sent == len(figures.acknowledged) > SENDERS * RATE * 2 * STEADY_SECONDS
    for listener in figures.listeners:
        assert listener.connections > 1, "no pod of this listener was replaced"
        assert figures.missing(listener) == set()
        assert {heard.number for heard in listener.heard} == figures.acknowledged.keys()
        assert (figures.repeated(listener), figures.disordered(listener), listener.gaps) == (0, 0, 0)
    # The negative control: who comes back without the last id must have missed something, else this proves nothing.
    assert all(listener.connections > 1 for listener in figures.naive)
    assert any(map(figures.missing, figures.naive)), figures.table()
