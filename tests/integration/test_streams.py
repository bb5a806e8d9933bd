"""The bus across processes, on a real Redis that comes and goes; each bus here stands for a process."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from service.platform.bus import Event, Position
from service.platform.errors import UnavailableError
from service.platform.stream_scripts import ALL, EPOCH, PREFIX
from service.platform.streams import NAME, RedisBus
from tests.support.buses import Ear, cut_off, heard, redis_bus, say, until
from tests.support.redis import Outages, outages, program

pytestmark = pytest.mark.skipif(program() is None, reason="neither valkey-server nor redis-server is installed")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Outages]:
    with outages(tmp_path) as running:
        yield running


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Outages]:
    with outages(tmp_path, keeps=True) as running:
        yield running


@pytest.fixture
async def redis(server: Outages) -> AsyncIterator[Redis]:
    async with Redis(port=server.port) as client:
        yield client


async def test_every_process_delivers_the_same_in_the_same_order(server: Outages) -> None:
    one, two = redis_bus(server.url), redis_bus(server.url)
    async with heard(one) as first, heard(two) as second:
        await asyncio.gather(*(_count(bus, name) for bus, name in ((one, "a"), (two, "b"), (one, "c"))))
        await until(lambda: len(first.events) == len(second.events) == 60)
    assert first.events == second.events
    for name in "abc":
        assert [text for text in first.texts if text.startswith(name)] == [f"{name}{number}" for number in range(20)]


async def _count(bus: RedisBus, name: str) -> None:
    for number in range(20):
        await say(bus, f"{name}{number}")


async def test_a_key_counts_once_whichever_process_it_comes_to(server: Outages) -> None:
    one, two = redis_bus(server.url), redis_bus(server.url)
    async with heard(one) as ear, heard(two):
        places = await asyncio.gather(*(say(bus, "once", key="k") for bus in (one, two) * 10))
        await say(two, "last")
        await until(lambda: len(ear.events) == 2)
    assert set(places) == {ear.events[0].at}
    assert ear.texts == ["once", "last"]


async def test_one_named_connection_reads_for_the_process(server: Outages, redis: Redis) -> None:
    one, two = redis_bus(server.url), redis_bus(server.url)
    async with heard(one), heard(two):
        for number in range(20):
            await say(one, str(number), f"room-{number}")
        assert [client["name"] for client in await redis.client_list()].count(NAME) == 2


async def test_all_keys_share_one_hash_tag_and_none_but_two_stay_for_ever(server: Outages, redis: Redis) -> None:
    bus = redis_bus(server.url)
    async with heard(bus):
        await say(bus, "x", key="k")
    lasting = {key if isinstance(key, str) else key.decode(): await redis.ttl(key) for key in await redis.keys()}
    assert all(key.startswith("{slipway}:") for key in lasting)
    assert {key for key, seconds in lasting.items() if seconds == -1} == {EPOCH, ALL}


async def test_the_history_is_what_came_after_and_a_gap_where_that_is_unknown(server: Outages) -> None:
    bus = redis_bus(server.url, kept=1000)
    async with heard(bus):
        start = bus.position
        places = [await say(bus, str(number)) for number in range(5)]
        assert [event.body["text"] for event in (await bus.history("lobby", start)).events] == list("01234")
        later = await bus.history("lobby", places[2])
        assert [event.body["text"] for event in later.events] == ["3", "4"]
        assert (later.gap, later.tip) == (None, places[-1])
        assert (await bus.history("empty", places[2])).gap is None
        unknown = await bus.history("lobby", Position("00000000", places[4].time))
        assert unknown.gap is not None
        assert len(unknown.events) == 5


async def test_what_was_trimmed_is_a_gap_and_the_rest_follows(server: Outages) -> None:
    bus = redis_bus(server.url, kept=10)
    async with heard(bus):
        places = [await say(bus, str(number)) for number in range(300)]
        history = await bus.history("lobby", places[0])
        assert 10 <= len(history.events) < 150
        assert history.events[-1].at == places[-1]
        assert history.gap is not None
        again = await bus.history("lobby", history.gap)
        assert (again.gap, again.events) == (None, history.events)


async def test_a_room_that_expired_is_a_gap_for_whoever_was_away_longer(server: Outages, redis: Redis) -> None:
    bus = redis_bus(server.url)
    async with heard(bus):
        place = await say(bus, "x")
        await redis.delete(PREFIX + "room:lobby")
        old = place._replace(time=place.time - 2 * 86_400_000)
        assert (await bus.history("lobby", old)).gap is not None


async def test_while_redis_is_away_nothing_is_acknowledged_and_afterwards_it_goes_on(server: Outages) -> None:
    bus = redis_bus(server.url)
    async with heard(bus) as ear:
        await say(bus, "before")
        await until(lambda: ear.texts == ["before"])
        server.end()
        await until(lambda: bus.degraded)
        with pytest.raises(UnavailableError):
            await say(bus, "lost", key="lost")
        with pytest.raises(UnavailableError):
            await bus.history("lobby", None)
        server.begin()
        await until(lambda: not bus.degraded)
        await say(bus, "after")
        await until(lambda: "after" in ear.texts)
    assert ear.states == [False, True, False]


async def test_a_redis_that_comes_back_whole_leaves_no_gap(keeping: Outages) -> None:
    one, two = redis_bus(keeping.url), redis_bus(keeping.url)
    async with heard(one) as ear, heard(two):
        ear.losses.clear()
        before = await say(one, "before")
        await until(lambda: ear.events)
        keeping.end()
        await until(lambda: one.degraded and two.degraded)
        keeping.begin()
        await until(lambda: not two.degraded)
        after = await say(two, "after")
        await until(lambda: len(ear.events) == 2)
        assert (await one.history("lobby", before)).gap is None
    assert ear.losses == []
    assert after.reaches(before)


async def test_a_redis_that_comes_back_empty_begins_another_epoch_and_says_that_something_may_be_lost(
    server: Outages,
) -> None:
    one, two = redis_bus(server.url), redis_bus(server.url)
    async with heard(one) as ear, heard(two):
        before = await say(one, "before")
        await until(lambda: ear.events)
        server.end()
        await until(lambda: one.degraded and two.degraded)
        ear.losses.clear()
        server.begin()
        await until(lambda: not two.degraded)
        after = await say(two, "after")
        await until(lambda: ear.texts == ["before", "after"])
        assert after.epoch != before.epoch
        assert [place.epoch for place in ear.losses] == [after.epoch]
        history = await one.history("lobby", before)
    assert history.gap is not None
    assert [event.at for event in history.events] == [after]


async def test_what_is_published_before_a_process_is_back_reaches_it(server: Outages) -> None:
    """The new Redis has an event before this process reads again: it begins at the beginning of the new epoch."""
    bus = redis_bus(server.url)
    async with heard(bus) as ear:
        await say(bus, "before")
        await until(lambda: ear.events)
        server.end()
        await until(lambda: bus.degraded)
        async with cut_off(bus, server.port):
            server.begin()
            other = redis_bus(server.url)
            async with heard(other):
                await say(other, "meanwhile")
        await until(lambda: ear.texts == ["before", "meanwhile"])


async def test_a_redis_that_comes_back_older_than_it_was_begins_another_epoch(server: Outages, redis: Redis) -> None:
    bus = redis_bus(server.url)
    async with heard(bus) as ear:
        await say(bus, "kept")
        kept = [ALL, PREFIX + "room:lobby", EPOCH]
        copies = [await redis.dump(key) or b"" for key in kept]
        before = await say(bus, "not kept")
        await until(lambda: len(ear.events) == 2)
        server.end()
        await until(lambda: bus.degraded)
        async with cut_off(bus, server.port):
            server.begin()
            for key, copy in zip(kept, copies, strict=True):
                await redis.restore(key, 0, copy)
        await until(lambda: not bus.degraded)
        after = await say(bus, "after")
        await until(lambda: ear.texts == ["kept", "not kept", "after"])
        assert after.epoch != before.epoch
        assert (await bus.history("lobby", before)).gap is not None


async def test_a_redis_emptied_under_open_connections_is_noticed(server: Outages, redis: Redis) -> None:
    bus = redis_bus(server.url)
    async with heard(bus) as ear:
        await say(bus, "before")
        await until(lambda: ear.events)
        ear.losses.clear()
        await redis.flushall()
        after = await say(bus, "after")
        await until(lambda: ear.texts == ["before", "after"])
        assert ear.events[-1].at == after
        assert ear.losses


async def test_a_process_cut_off_for_too_long_says_what_it_missed(server: Outages) -> None:
    cut, other = redis_bus(server.url, kept=5), redis_bus(server.url, kept=5)
    async with heard(cut) as ear, heard(other):
        await say(cut, "before")
        await until(lambda: ear.events)
        ear.losses.clear()
        async with cut_off(cut, server.port):
            places = [await say(other, str(number)) for number in range(400)]
        await until(lambda: ear.events[-1].at == places[-1])
    assert ear.losses
    assert 50 <= len(ear.events) < 400


@pytest.mark.clock
async def test_a_redis_that_holds_its_connections_and_answers_nothing_is_noticed(server: Outages) -> None:
    bus = redis_bus(server.url)
    async with heard(bus) as ear:
        server.signal(signal.SIGSTOP)
        begin = time.monotonic()
        with pytest.raises(UnavailableError):
            await say(bus, "x", key="x")
        assert time.monotonic() - begin < 2
        await until(lambda: bus.degraded, 5)
        server.signal(signal.SIGCONT)
        await until(lambda: not bus.degraded)
        await say(bus, "x", key="x")
        await until(lambda: ear.texts == ["x"])


async def test_without_redis_at_the_start_it_says_so_and_works_once_it_is_there(tmp_path: Path) -> None:
    server = Outages(tmp_path)
    bus = redis_bus(server.url)
    try:
        async with heard(bus) as ear:
            assert (bus.degraded, bus.position, ear.states) == (True, None, [True])
            server.begin()
            await until(lambda: not bus.degraded)
            await say(bus, "hello")
            await until(lambda: ear.texts == ["hello"])
    finally:
        server.end()


async def test_an_entry_that_nobody_of_ours_wrote_stops_nothing(server: Outages, redis: Redis) -> None:
    bus = redis_bus(server.url)
    async with heard(bus) as ear:
        await redis.xadd(ALL, {"data": "no json"})
        await redis.xadd(ALL, {"epoch": bus.position.epoch, "room": "lobby", "data": "[]"} if bus.position else {})
        await say(bus, "hello")
        await until(lambda: ear.texts == ["hello"])


async def test_an_epoch_that_nobody_of_ours_wrote_is_an_outage_until_it_is_gone(server: Outages, redis: Redis) -> None:
    await redis.set(EPOCH, "nonsense")
    bus = redis_bus(server.url)
    async with heard(bus) as ear:
        assert ear.states == [True]
        await redis.delete(EPOCH)
        await until(lambda: not bus.degraded)
        await say(bus, "hello")
        await until(lambda: ear.texts == ["hello"])


async def test_a_mistake_in_a_listener_is_told_and_what_follows_is_delivered(
    server: Outages, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bus, deliver = redis_bus(server.url), Ear.deliver

    def mistaken(ear: Ear, event: Event) -> None:
        if event.body["text"] == "unfit":
            raise LookupError
        deliver(ear, event)

    monkeypatch.setattr(Ear, "deliver", mistaken)
    async with heard(bus) as ear:
        for text in ("unfit", "hello"):
            await say(bus, text)
        await until(lambda: ear.texts == ["hello"])
    assert [record.message for record in caplog.records if record.exc_info] == ["the rooms cannot be read"]
