import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from service.settings import Settings
from tests.support.people import a_person
from tests.support.served import Served, served

ITEMS = "/api/v1/items"


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Served]:
    """With a user whose token comes with every request."""
    async with served(settings) as running:
        running.public.headers.update((await a_person(running)).headers)
        yield running


async def create(service: Served, **values: Any) -> dict[str, Any]:
    answer = await service.public.post(ITEMS, json={"name": "anchor", "price": 12.5, **values})
    assert answer.status_code == 201, answer.text
    result: dict[str, Any] = answer.json()
    return result


async def pages(service: Served, limit: int) -> list[list[int]]:
    found: list[list[int]] = []
    cursor: str | None = None
    while True:
        query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        page = (await service.public.get(ITEMS, params=query)).json()
        found.append([item["id"] for item in page["items"]])
        cursor = page["next"]
        if cursor is None:
            return found


async def test_a_long_answer_is_compressed_for_who_accepts_it(service: Served) -> None:
    item = await create(service, description="long " * 200)
    address = f"{ITEMS}/{item['id']}"
    compressed = await service.public.get(address, headers={"accept-encoding": "gzip"})
    plain = await service.public.get(address, headers={"accept-encoding": "identity"})
    assert compressed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert compressed.json() == plain.json() == item


async def test_an_item_is_created_read_changed_and_deleted(service: Served) -> None:
    answer = await service.public.post(ITEMS, json={"name": "anchor", "price": 12.5, "description": "heavy"})
    assert answer.status_code == 201, answer.text
    created = answer.json()
    address = answer.headers["location"]
    assert address == f"{ITEMS}/{created['id']}"
    assert (await service.public.get(address)).json() == created
    changed = (await service.public.patch(address, json={"price": 9.99, "description": None})).json()
    assert changed["price"] == 9.99
    assert changed["name"] == "anchor"
    assert changed["description"] is None
    assert changed["updated_at"] > created["updated_at"]
    assert changed["created_at"] == created["created_at"]
    deleted = await service.public.delete(address)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for method in ("GET", "PATCH", "DELETE"):
        assert (
            await service.public.request(method, address, json={} if method == "PATCH" else None)
        ).status_code == 404


async def test_nothing_costs_nothing_however_it_is_written(service: Served) -> None:
    answer = await service.public.post("/api/v2/items", json={"name": "free", "price": "-0.0"})
    assert answer.json()["price"] == "0.00"
    assert (await service.public.get(answer.headers["location"])).content == answer.content


async def test_times_have_their_zone(service: Served) -> None:
    assert (await create(service))["created_at"].endswith("Z")


async def test_pages_hold_every_item_once_and_in_order(service: Served) -> None:
    created = [(await create(service))["id"] for _ in range(7)]
    found = await pages(service, limit=3)
    assert all(len(page) <= 3 for page in found)
    flat = [number for page in found for number in page]
    assert flat == sorted(set(flat))
    assert set(created) <= set(flat)


async def test_an_item_made_while_paging_breaks_no_page(service: Served) -> None:
    first = [(await create(service))["id"] for _ in range(3)]
    page = (await service.public.get(ITEMS, params={"limit": 2})).json()
    later = (await create(service))["id"]
    seen = [item["id"] for item in page["items"]]
    while page["next"]:
        page = (await service.public.get(ITEMS, params={"limit": 2, "cursor": page["next"]})).json()
        seen += [item["id"] for item in page["items"]]
    assert len(seen) == len(set(seen))
    assert {*first, later} <= set(seen)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"price": 1}, "/name"),
        ({"name": "", "price": 1}, "/name"),
        ({"name": "n" * 101, "price": 1}, "/name"),
        ({"name": "nul\0", "price": 1}, "/name"),
        ({"name": "n", "price": -1}, "/price"),
        ({"name": "n", "price": 1.001}, "/price"),
        ({"name": "n", "price": 10**10}, "/price"),
        ({"name": "n", "price": 1, "id": 5}, "/id"),
    ],
)
async def test_a_wrong_item_is_refused_and_the_place_is_named(
    service: Served, body: dict[str, Any], pointer: str
) -> None:
    answer = await service.public.post(ITEMS, json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("change", [{"name": None}, {"price": None}])
async def test_what_an_item_must_have_cannot_be_taken_away(service: Served, change: dict[str, None]) -> None:
    item = await create(service)
    assert (await service.public.patch(f"{ITEMS}/{item['id']}", json=change)).status_code == 422


@pytest.mark.parametrize("number", ["0", "-1", "x", str(2**31), str(2**70)])
async def test_an_impossible_number_is_refused_before_the_database(service: Served, number: str) -> None:
    assert (await service.public.get(f"{ITEMS}/{number}")).status_code == 422


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}])
async def test_a_page_has_bounds(service: Served, query: dict[str, str]) -> None:
    assert (await service.public.get(ITEMS, params=query)).status_code == 422


async def test_a_made_up_cursor_is_refused(service: Served) -> None:
    answer = await service.public.get(ITEMS, params={"cursor": "bWFkZSB1cA"})
    assert answer.status_code == 400
    assert "cursor" in answer.json()["detail"]


async def test_many_at_once_all_succeed(service: Served) -> None:
    async def one(number: int) -> httpx.Response:
        return await service.public.post(ITEMS, json={"name": f"item {number}", "price": number})

    answers = await asyncio.gather(*(one(number) for number in range(40)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 40
