"""Rooms over the real server: two processes, one Redis that comes and goes, and stops in the middle of everything."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from websockets.exceptions import InvalidStatus

from service.client import Client
from service.client_room import Room
from service.platform.streams import NAME
from tests.behaviour.stalled import deaf
from tests.support.buses import until
from tests.support.people import join
from tests.support.ports import free_port
from tests.support.postgres import PASSWORD
from tests.support.redis import Outages, outages, program
from tests.support.rooms import Frame, Peer, in_room, opened
from tests.support.server import Server, serving

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]
SETTINGS: dict[str, Any] = {"login_rate_limit": "", "socket_rate": "", "sockets_per_user": 500}


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Outages]:
    if program() is None:
        pytest.skip("neither valkey-server nor redis-server is installed")
    with outages(tmp_path) as server:
        yield server


@pytest.fixture
def start(tmp_path: Path, postgres_url: str, redis: Outages) -> Iterator[Callable[..., Server]]:
    """Starts servers on one PostgreSQL and one Redis."""
    shared = {"database_url": postgres_url, "database_password": PASSWORD, "redis_url": redis.url, **SETTINGS}
    with ExitStack() as stack:

        def one_more(**more: Any) -> Server:
            folder = tmp_path / f"server-{free_port()}"
            folder.mkdir()
            return stack.enter_context(serving(folder, **{**shared, **more}))

        yield one_more


def ws(server: Server) -> str:
    return server.public.replace("http", "ws")


def admin(server: Server, path: str) -> str:
    return httpx.get(server.admin + path).text


class Listening:
    """A socket that hears everything all the time."""

    def __init__(self, peer: Peer) -> None:
        self.frames: list[Frame] = []
        self._peer = peer

    async def run(self) -> None:
        while True:
            self.frames.append(await self._peer.hear())

    def of(self, kind: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == kind]

    @property
    def texts(self) -> list[str]:
        return [frame["text"] for frame in self.of("message")]


@asynccontextmanager
async def listening(server: Server, token: str, room: str = "lobby") -> AsyncIterator[tuple[Peer, Listening]]:
    async with in_room(ws(server), room, token) as peer:
        heard = Listening(peer)
        task = asyncio.create_task(heard.run())
        yield peer, heard
        task.cancel()
        await asyncio.wait([task])


async def test_each_message_arrives_everywhere_once_and_in_the_order_of_its_sender(
    start: Callable[..., Server], redis: Outages
) -> None:
    servers = [start(), start()]
    tokens = [join(servers[0].public, name).token for name in ("Ann", "Bob")]
    async with AsyncExitStack() as stack:
        everyone = [
            await stack.enter_async_context(listening(server, token))
            for server in servers
            for token in tokens
            for _ in range(5)
        ]

        async def speak(name: str, peer: Peer) -> None:
            for number in range(50):
                await peer.say(f"{name} {number}", ref=f"{name}{number}")
                await asyncio.sleep(0.005)

        await asyncio.gather(speak("a", everyone[0][0]), speak("b", everyone[7][0]), speak("c", everyone[12][0]))
        await until(lambda: all(len(heard.texts) == 150 for _, heard in everyone), 60)
        async with Redis(port=redis.port) as client:
            names = [each["name"] for each in await client.client_list()]
    assert names.count(NAME) == 2
    texts = everyone[0][1].texts
    assert all(heard.texts == texts for _, heard in everyone)
    for name in "abc":
        assert [text for text in texts if text.startswith(name)] == [f"{name} {number}" for number in range(50)]


async def test_an_outage_of_redis_closes_no_socket_is_told_and_ends_by_itself(
    start: Callable[..., Server], redis: Outages
) -> None:
    servers = [start(), start()]
    token = join(servers[0].public).token
    async with listening(servers[0], token) as (ann, first), listening(servers[1], token) as (_, second):
        await ann.say("before", ref="1")
        await until(lambda: first.texts == second.texts == ["before"])
        redis.end()
        await until(lambda: first.of("state") and second.of("state"))
        await ann.say("meanwhile", ref="2")
        await until(lambda: first.of("error"))
        assert [(frame["code"], frame["ref"]) for frame in first.of("error")] == [("unavailable", "2")]
        async with in_room(ws(servers[0]), "lobby", token) as late:
            assert late.welcome["degraded"] is True
        assert '"rooms":{"degraded":true}' in await asyncio.to_thread(admin, servers[0], "/health")
        assert "slipway_hub_degraded 1.0" in await asyncio.to_thread(admin, servers[0], "/metrics")
        redis.begin()
        await until(lambda: len(first.of("state")) == len(second.of("state")) == 2)
        await ann.say("meanwhile", ref="2")
        await until(lambda: first.texts == second.texts == ["before", "meanwhile"])
    for heard in (first, second):
        assert [frame["degraded"] for frame in heard.of("state")] == [True, False]
        assert len(heard.of("gap")) == 1, "the new Redis is empty: what was not delivered before is lost"


async def _collect(room: Room, heard: list[Frame]) -> None:
    async for event in room:
        heard += [dict(event)] if event["type"] in {"message", "gap"} else []


async def test_a_client_loses_no_message_when_its_process_is_restarted(start: Callable[..., Server]) -> None:
    port = free_port()
    drain = {"drain_seconds": 1, "graceful_seconds": 3}
    one, other = start(public_port=port, **drain), start()
    heard: list[Frame] = []
    said: list[str] = []
    async with (
        Client(one.public, join(one.public, "Ann").token) as ann,
        Client(other.public, join(other.public, "Bob").token) as bob,
        ann.room("lobby") as hers,
        bob.room("lobby") as his,
    ):
        collecting = asyncio.create_task(_collect(hers, heard))
        ignoring = asyncio.create_task(_collect(his, []))

        async def speak(room: Room, enough: Callable[[], bool]) -> None:
            while not enough():
                said.append(await room.send(f"message {len(said)}"))
                await asyncio.sleep(0.05)  # the history of a thousand must cover the restart

        speaking = [
            asyncio.create_task(speak(room, lambda: hers.reconnects >= 1 and len(said) > 200)) for room in (hers, his)
        ]
        await until(lambda: len(said) > 50)
        one.terminate()
        await asyncio.to_thread(one.process.wait, 30)
        await asyncio.to_thread(start, public_port=port)
        await asyncio.wait_for(asyncio.gather(*speaking), 60)
        await until(lambda: len(heard) >= len(said), 30)
        for task in (collecting, ignoring):
            task.cancel()
        await asyncio.wait([collecting, ignoring])
    assert [frame for frame in heard if frame["type"] == "gap"] == []
    assert sorted(frame["id"] for frame in heard) == sorted(said)
    assert len(set(said)) == len(said)


@pytest.mark.clock
async def test_two_hundred_sockets_are_told_one_after_another_after_what_was_theirs(
    start: Callable[..., Server],
) -> None:
    server = start(drain_seconds=4, graceful_seconds=3)
    token = join(server.public).token
    async with AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(in_room(ws(server), f"room-{n % 20}", token)) for n in range(200)]
        begin = server.terminate()

        async def ending(peer: Peer) -> tuple[float, int, str]:
            code, reason = await peer.closing()
            return time.monotonic() - begin, code, reason

        await peers[-1].say("last words", ref="last")
        assert (await peers[-1].hear("ack"))["ref"] == "last"
        endings = sorted(await asyncio.gather(*map(ending, peers)))
        with pytest.raises((InvalidStatus, OSError)):
            async with in_room(ws(server), "lobby", token):
                pass
    assert {(code, bool(reason)) for _, code, reason in endings} == {(1012, True)}
    moments = [moment for moment, _, _ in endings]
    assert moments[-1] < 4
    assert moments[-1] - moments[0] > 2
    assert moments[100] - moments[0] > 1
    assert server.process.wait(15) == 0
    assert time.monotonic() - begin < 9


async def test_a_stalled_client_is_given_up_in_time_and_nobody_else_waits(start: Callable[..., Server]) -> None:
    server = start(socket_stall_seconds=2, socket_queue=64, socket_text_length=16_384)
    token = join(server.public).token
    async with listening(server, token) as (peer, heard):
        with deaf(server.public_port, "/ws/rooms/lobby", {"authorization": f"Bearer {token}"}):
            for number in range(600):  # 9.6 MB are more than the kernel and the queue keep for who does not read
                await peer.say("x" * 16_000, ref=str(number))
                await asyncio.sleep(0.01)
            await until(lambda: len(heard.texts) == 600)
            await until(lambda: "slipway_websockets_dropped_total 1.0" in admin(server, "/metrics"), 10)


async def test_no_line_tells_a_token_by_whichever_way_it_came(start: Callable[..., Server]) -> None:
    server = start(log_level="debug")
    token = join(server.public).token
    address = f"{ws(server)}/ws/rooms/lobby"
    header: dict[str, Any] = {"additional_headers": {"authorization": f"Bearer {token}"}}
    for way, options in (
        (address, header),
        (address, {"subprotocols": ["bearer", token]}),
        (f"{address}?token={token}", {}),
    ):
        async with opened(way, **options) as peer:
            assert (await peer.hear())["type"] == "welcome"
    with pytest.raises(InvalidStatus):
        async with opened(f"{address}?token={token}x"):
            pass
    async with opened(address) as peer:
        await peer.socket.send(json.dumps({"type": "auth", "token": token}))
        assert (await peer.hear())["type"] == "welcome"
    output = server.output()
    assert "/ws/rooms/lobby" in output
    for part in token.split("."):
        assert part not in output
