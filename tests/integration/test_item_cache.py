"""A cached item is the stored one, byte for byte, and no process gives one that is older than an acknowledged write."""

from collections.abc import AsyncIterator

import httpx
import pytest
from redis.asyncio import Redis

from service.settings import Settings
from tests.support.people import Person, a_person
from tests.support.served import Served, served

ITEMS = "/api/v2/items"


@pytest.fixture
async def pair(settings: Settings, redis_url: str) -> AsyncIterator[tuple[Served, Served]]:
    """Two processes' worth of the service, with one database and one Redis."""
    async with Redis.from_url(redis_url) as redis:  # another test's database has other items of the same numbers
        async for key in redis.scan_iter(match="slipway:cache:*item *"):
            await redis.delete(key)
    shared = settings.model_copy(update={"redis_url": redis_url})
    async with served(shared) as one, served(shared) as other:
        for service in (one, other):
            service.state["cache"]._circuit._patience = 30  # a busy machine is no outage
        yield one, other


async def make(service: Served, owner: Person) -> httpx.Response:
    answer = await service.public.post(ITEMS, json={"name": "anchor", "price": 1}, headers=owner.headers)
    assert answer.status_code == 201
    return answer


async def read(service: Served, address: str, owner: Person, **headers: str) -> httpx.Response:
    return await service.public.get(address, headers={**owner.headers, **headers})


def hits(service: Served) -> float:
    labels = {"layer": "shared", "outcome": "hit"}
    return service.app.metrics.registry.get_sample_value("slipway_cache_reads_total", labels) or 0


async def test_a_cached_item_has_the_same_bytes_and_tag(pair: tuple[Served, Served]) -> None:
    one, other = pair
    owner = await a_person(one)
    made = await make(one, owner)
    answers = [await read(service, made.headers["location"], owner) for service in (one, other, one)]
    assert hits(one) + hits(other) == 2
    assert {(answer.content, answer.headers["etag"]) for answer in answers} == {(made.content, made.headers["etag"])}
    again = await read(other, made.headers["location"], owner, **{"if-none-match": made.headers["etag"]})
    assert (again.status_code, again.headers["etag"]) == (304, made.headers["etag"])


async def test_nobody_is_given_an_item_from_before_an_acknowledged_write(pair: tuple[Served, Served]) -> None:
    owner = await a_person(pair[0])
    made = await make(pair[0], owner)
    address, tag = made.headers["location"], made.headers["etag"]
    for price in range(2, 22):
        writer = pair[price % 2]
        for service in pair:
            await read(service, address, owner)
        headers = {**owner.headers, "if-match": tag}
        changed = await writer.public.patch(address, json={"price": price}, headers=headers)
        assert changed.status_code == 200
        tag = changed.headers["etag"]
        for service in pair:
            seen = await read(service, address, owner)
            assert (seen.content, seen.headers["etag"]) == (changed.content, tag)
    assert (await pair[0].public.delete(address, headers={**owner.headers, "if-match": tag})).status_code == 204
    for service in pair:
        assert (await read(service, address, owner)).status_code == 404


async def test_a_cached_item_is_its_owner_s_alone(pair: tuple[Served, Served]) -> None:
    one, other = pair
    owner, stranger = await a_person(one), await a_person(one, "Bea")
    address = (await make(one, owner)).headers["location"]
    for _ in range(2):
        assert (await read(one, address, owner)).status_code == 200
        for service in (one, other):
            assert (await read(service, address, stranger)).status_code == 404
