import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from service.platform.cache import LARGEST_BYTES, Answer, Cache
from service.platform.metrics import Metrics
from tests.support.ports import free_port
from tests.support.redis import hanging, program, redis_server


class Source:
    """Makes answers, and counts."""

    def __init__(self, body: bytes = b"one") -> None:
        self.body = body
        self.made = 0

    async def make(self) -> Answer:
        self.made += 1
        return Answer.of(self.body)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("test")


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def own_redis_url(tmp_path: Path) -> Iterator[str]:
    """A server that a test may stop."""
    if not program():
        pytest.skip("neither valkey-server nor redis-server is installed")
    with redis_server(tmp_path) as url:
        yield url


def cache_of(metrics: Metrics, redis: Redis | None, release: str = "1", seconds: float = 60, entries: int = 3) -> Cache:
    """More patient than the service's, so that a busy machine is not taken for an outage."""
    cache = Cache(metrics, redis, release=release, seconds=seconds, entries=entries)
    cache._circuit._patience = 30
    return cache


def reads(metrics: Metrics, layer: str, outcome: str) -> float:
    return metrics.registry.get_sample_value("slipway_cache_reads_total", {"layer": layer, "outcome": outcome}) or 0


def failures(metrics: Metrics, operation: str) -> float:
    return metrics.registry.get_sample_value("slipway_redis_errors_total", {"use": f"cache {operation}"}) or 0


def test_a_tag_is_that_of_the_content_and_strong() -> None:
    assert Answer.of(b"one").etag == Answer.of(b"one").etag != Answer.of(b"two").etag
    assert Answer.of(b"one").etag[0] == Answer.of(b"one").etag[-1] == '"'


async def test_a_constant_is_made_once_and_then_comes_from_this_process(metrics: Metrics) -> None:
    cache, source = cache_of(metrics, None), Source()
    answers = [await cache.constant("a", source.make) for _ in range(3)]
    assert {answer.body for answer in answers} == {b"one"}
    assert source.made == 1
    assert (reads(metrics, "process", "hit"), reads(metrics, "process", "miss")) == (2, 1)


async def test_a_hundred_at_once_make_it_once(metrics: Metrics, redis: Redis, key: str) -> None:
    cache, source = cache_of(metrics, redis), Source()
    await asyncio.gather(*(cache.constant(key, source.make) for _ in range(100)))
    assert source.made == 1


async def test_the_other_process_finds_a_constant_in_redis(metrics: Metrics, redis: Redis, key: str) -> None:
    source = Source(b"line\nof\n\nlines")
    first = await cache_of(metrics, redis).constant(key, source.make)
    assert await cache_of(metrics, redis).constant(key, source.make) == first
    assert source.made == 1
    assert reads(metrics, "shared", "hit") == 1


async def test_the_answers_of_another_release_are_not_read(metrics: Metrics, redis: Redis, key: str) -> None:
    source = Source()
    for release in ("1", "2"):
        await cache_of(metrics, redis, release).constant(key, source.make)
    assert source.made == 2


async def test_this_process_keeps_so_many_and_lets_go_of_the_longest_unused(metrics: Metrics) -> None:
    cache, source = cache_of(metrics, None, entries=2), Source()
    for key in ("a", "b", "a", "c", "a", "b"):
        await cache.constant(key, source.make)
    assert source.made == 4


async def test_a_large_answer_is_kept_nowhere(metrics: Metrics, redis: Redis, key: str) -> None:
    cache, source = cache_of(metrics, redis), Source(b"x" * (LARGEST_BYTES + 1))
    for _ in range(2):
        await cache.constant(key, source.make)
        await cache.changing(key, source.make)
    assert source.made == 4
    assert [name async for name in redis.scan_iter(match=f"*{key}*")] == [f"slipway:cache:generation:{key}".encode()]


async def test_nothing_is_kept_longer_than_told_and_not_all_equally_long(
    metrics: Metrics, redis: Redis, key: str
) -> None:
    cache = cache_of(metrics, redis, seconds=60, entries=50)
    for number in range(20):
        await cache.constant(f"{key}{number}", Source().make)
    lives = {await redis.pttl(f"slipway:cache:1:{key}{number}") for number in range(20)}
    assert len(lives) > 10
    assert all(53_000 < life <= 60_000 for life in lives)


async def test_the_layer_of_this_process_forgets_in_time(metrics: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    cache, source = cache_of(metrics, None), Source()
    monkeypatch.undo()
    for at in (0.0, 53.0, 60.0):
        moment[0] = at
        await cache.constant("a", source.make)
    assert source.made == 2


async def test_zero_seconds_keep_nothing(metrics: Metrics, redis: Redis, key: str) -> None:
    cache, source = cache_of(metrics, redis, seconds=0), Source()
    for _ in range(2):
        await cache.constant(key, source.make)
        await cache.changing(key, source.make)
    await cache.forget(key)
    assert source.made == 4
    assert [name async for name in redis.scan_iter(match=f"*{key}*")] == []


async def test_a_changing_answer_is_not_kept_without_redis(metrics: Metrics) -> None:
    cache, source = cache_of(metrics, None), Source()
    for _ in range(3):
        await cache.changing("a", source.make)
    await cache.forget("a")
    assert source.made == 3


async def test_a_changing_answer_is_kept_in_redis_alone_until_it_is_forgotten(
    metrics: Metrics, redis: Redis, key: str
) -> None:
    one, other = cache_of(metrics, redis), cache_of(metrics, redis, release="2")
    before, after = Source(), Source(b"two")
    assert [(await one.changing(key, before.make)).body for _ in range(3)] == [b"one"] * 3
    assert before.made == 1
    await other.forget(key)  # whatever release wrote
    assert [(await one.changing(key, after.make)).body for _ in range(3)] == [b"two"] * 3
    assert after.made == 1
    assert reads(metrics, "process", "hit") == 0


async def test_an_answer_read_before_a_write_and_stored_after_it_is_never_given(
    metrics: Metrics, redis: Redis, key: str
) -> None:
    reader, writer = cache_of(metrics, redis), cache_of(metrics, redis)
    reading, written = asyncio.Event(), asyncio.Event()

    async def slow() -> Answer:
        reading.set()
        await written.wait()
        return Answer.of(b"before the write")

    filling = asyncio.ensure_future(reader.changing(key, slow))
    await reading.wait()
    await writer.forget(key)
    current = Source(b"after the write")
    # Who asks after the write does not even join the reading that began before it.
    assert (await reader.changing(key, current.make)).body == b"after the write"
    written.set()
    assert (await filling).body == b"before the write"
    for cache in (reader, writer):
        assert (await cache.changing(key, current.make)).body == b"after the write"


async def test_a_lost_generation_is_not_taken_for_an_old_one(metrics: Metrics, redis: Redis, key: str) -> None:
    """Redis may evict any key: an answer must not outlive the generation that vouches for it."""
    cache = cache_of(metrics, redis)
    await cache.changing(key, Source().make)
    await redis.delete(f"slipway:cache:generation:{key}")
    assert (await cache.changing(key, Source(b"two").make)).body == b"two"


@pytest.mark.parametrize("junk", [b"", b"junk", b"a\nb", b"\n"])
async def test_what_is_no_answer_of_ours_is_not_given(metrics: Metrics, redis: Redis, key: str, junk: bytes) -> None:
    await redis.set(f"slipway:cache:1:{key}", junk)
    assert (await cache_of(metrics, redis).constant(key, Source().make)).body == b"one"


async def test_an_error_is_raised_and_not_kept(metrics: Metrics, redis: Redis, key: str) -> None:
    async def fail() -> Answer:
        raise ValueError("no")

    cache = cache_of(metrics, redis)
    for ask in (cache.constant, cache.changing):
        with pytest.raises(ValueError, match="no"):
            await ask(key, fail)
        assert (await ask(key, Source().make)).body == b"one"


async def test_when_redis_is_killed_answers_go_on_and_failures_are_counted(
    metrics: Metrics, own_redis_url: str
) -> None:
    async with Redis.from_url(own_redis_url) as redis:
        cache, source = cache_of(metrics, redis), Source()
        assert (await cache.changing("a", source.make)).body == b"one"
        await redis.shutdown(nosave=True)
        assert [(await cache.changing("a", source.make)).body for _ in range(5)] == [b"one"] * 5
        assert [(await cache.constant("b", source.make)).body for _ in range(5)] == [b"one"] * 5
        await cache.forget("a")
    assert source.made == 1 + 5 + 1
    assert failures(metrics, "read") == 6
    assert failures(metrics, "write") == 1
    assert failures(metrics, "forget") == 1


async def test_a_redis_that_hangs_is_asked_once_in_a_while_only(metrics: Metrics) -> None:
    async with hanging() as server, Redis(port=server.port) as redis:
        cache = Cache(metrics, redis, release="1", seconds=60, entries=3)
        async with asyncio.timeout(30):
            for _ in range(100):
                await cache.changing("a", Source().make)
        assert server.asked <= 5


async def test_redis_is_used_again_when_it_is_back(metrics: Metrics, redis: Redis, key: str) -> None:
    async with Redis(port=free_port()) as nowhere:
        cache, source = cache_of(metrics, nowhere), Source()
        await cache.changing(key, source.make)
        nowhere.connection_pool.connection_kwargs.update(redis.connection_pool.connection_kwargs)
        nowhere.connection_pool.reset()  # type: ignore[no-untyped-call]
        cache._circuit._away_until = time.monotonic()
        for _ in range(3):
            await cache.changing(key, source.make)
    assert source.made == 2
