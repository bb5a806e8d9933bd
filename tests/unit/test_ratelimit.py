import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator

import pytest
from limits import RateLimitItem, parse
from prometheus_client import CollectorRegistry, Counter
from redis.asyncio import Redis

from service.platform import ratelimit
from service.platform.circuit import CONNECTIONS
from service.platform.ratelimit import Limiter, Rule, Standing, address_of, client_of
from service.platform.tokens import Tokens
from tests.support.ports import free_port
from tests.support.redis import hanging

TEN = parse("10/day")


@pytest.fixture
def failures() -> Counter:
    return Counter("failures", "Failures", registry=CollectorRegistry())


@pytest.fixture
async def nowhere() -> AsyncIterator[Redis]:
    """Nothing listens there."""
    async with Redis(port=free_port()) as redis:
        yield redis


def rule(limiter: Limiter, name: str) -> Rule:
    found: Rule | None = getattr(limiter, name)
    assert found is not None
    return found


def both(failures: Counter, redis: Redis | None = None, item: RateLimitItem = TEN) -> Limiter:
    return Limiter(failures, redis=redis, default=item, login=item)


async def within(limiter: Limiter, name: str, client: str, times: int) -> list[bool]:
    standings = await asyncio.gather(*(limiter.count(rule(limiter, name), client) for _ in range(times)))
    return [standing.within for standing in standings if standing]


async def test_exactly_as_many_as_allowed(failures: Counter) -> None:
    limiter = both(failures)
    assert (await within(limiter, "default", "a", 25)).count(True) == 10
    assert (await within(limiter, "default", "b", 5)).count(True) == 5
    assert (await within(limiter, "login", "a", 11)).count(True) == 10


async def test_a_standing_tells_what_remains_and_when_more_fits(failures: Counter) -> None:
    limiter = both(failures)
    standings = [await limiter.count(rule(limiter, "default"), "a") for _ in range(12)]
    assert [standing.remaining for standing in standings if standing] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0]
    assert all(0 < standing.reset <= 86_400 + 1 for standing in standings if standing)


async def test_who_waits_as_told_is_let_in(failures: Counter) -> None:
    limiter = both(failures, item=parse("3/second"))
    refusals = 0
    while refusals < 3:
        standing = await limiter.count(rule(limiter, "default"), "a")
        assert standing is not None
        if not standing.within:
            refusals += 1
            await asyncio.sleep(standing.reset)  # the promise itself is a time
            again = await limiter.count(rule(limiter, "default"), "a")
            assert again is not None
            assert again.within


def test_members_of_the_header_fields() -> None:
    standing = Standing(Rule("default", parse("100/minute")), within=True, remaining=42, reset=17)
    assert standing.policy == '"default";q=100;w=60'
    assert standing.state == '"default";r=42;t=17'


async def test_two_processes_share_one_count(
    failures: Counter, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This is about counting: no answer may be missing because the machine is busy."""
    monkeypatch.setattr(ratelimit, "PATIENCE_SECONDS", 20.0)
    client = uuid.uuid4().hex
    async with Redis.from_url(redis_url) as one, Redis.from_url(redis_url) as other:
        limiters = [both(failures, one), both(failures, other)]
        for limiter in limiters:
            limiter._circuit._patience = 30  # a busy machine is no outage
        answers = await asyncio.gather(*(within(limiter, "default", client, 20) for limiter in limiters))
        connections = len(one.connection_pool._available_connections)
        keys = [key async for key in one.scan_iter(match=f"slipway:limit*{client}*")]
    assert [len(answer) for answer in answers] == [20, 20]
    assert 9 <= sum(answer.count(True) for answer in answers) <= 10
    assert len(keys) <= 2  # whatever the number of requests
    assert connections <= CONNECTIONS


async def test_without_redis_ordinary_requests_pass_and_logins_are_still_counted(
    failures: Counter, nowhere: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    limiter = both(failures, nowhere)
    assert [await limiter.count(rule(limiter, "default"), "a") for _ in range(15)] == [None] * 15
    assert (await within(limiter, "login", "a", 15)).count(True) == 10
    assert failures._value.get() == 30
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def test_a_redis_that_hangs_costs_little_and_not_each_time(failures: Counter) -> None:
    async with hanging() as server, Redis(port=server.port) as redis:
        limiter = both(failures, redis)
        async with asyncio.timeout(30):
            assert [await limiter.count(rule(limiter, "default"), "a") for _ in range(50)] == [None] * 50
        assert server.asked < 5


async def test_counting_is_shared_again_when_redis_is_back(
    failures: Counter, nowhere: Redis, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    limiter, client = both(failures, nowhere), uuid.uuid4().hex
    assert await limiter.count(rule(limiter, "default"), client) is None
    async with Redis.from_url(redis_url) as back:
        nowhere.connection_pool.connection_kwargs.update(back.connection_pool.connection_kwargs)
        nowhere.connection_pool.reset()  # type: ignore[no-untyped-call]
        limiter._circuit._away_until = time.monotonic()
        assert await limiter.count(rule(limiter, "default"), client) is not None
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.INFO]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_address_is_a_client_and_an_ipv6_network_is_one(address: str, key: str) -> None:
    assert address_of({"client": (address, 5)}) == key


def test_no_address_is_one_client() -> None:
    assert address_of({"client": None}) == address_of({}) == "unknown"


def test_only_a_verified_token_makes_a_client_of_its_own() -> None:
    tokens = Tokens(b"k" * 32)

    def client(authorization: str) -> str:
        headers = [(b"authorization", authorization.encode())]
        return client_of({"type": "http", "headers": headers, "client": ("203.0.113.7", 5)}, tokens)

    assert client(f"Bearer {tokens.issue('7', 'Ann')}") == "user 7"
    assert client(f"bearer {tokens.issue('7', 'Ann')}") == "user 7"
    for made_up in (f"Bearer {Tokens(b'o' * 32).issue('7', 'Ann')}", "Bearer x", "Bearer", "Basic eDp5", ""):
        assert client(made_up) == "203.0.113.7"
