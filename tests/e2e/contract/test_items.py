"""Items through the Ingress, stored in the release's database."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.e2e.contract.conftest import Account
from tests.e2e.waiting import wait_until

ITEMS = "/api/v1/items"
NewItem = Callable[..., dict[str, Any]]


def pages(mine: httpx.Client, limit: int) -> Iterator[list[dict[str, Any]]]:
    cursor: str | None = None
    while True:
        answer = mine.get(ITEMS, params={"limit": limit} | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def test_an_item_lives_from_its_creation_to_its_end(mine: httpx.Client, new_item: NewItem) -> None:
    item = new_item(name="Kelp ☸", description="from the sea", price=12.5)
    assert (item["name"], item["description"], item["price"]) == ("Kelp ☸", "from the sea", 12.5)
    address = f"{ITEMS}/{item['id']}"
    assert mine.get(address).json() == item

    changed = mine.patch(address, json={"price": 0})
    assert changed.status_code == 200
    assert {**changed.json(), "updated_at": None} == {**item, "price": 0, "updated_at": None}
    assert mine.get(address).json() == changed.json()

    gone = mine.delete(address)
    assert (gone.status_code, gone.content) == (204, b"")
    assert [mine.request(method, address).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert mine.patch(address, json={"price": 1}).status_code == 404


def test_a_creation_says_where_the_item_is(mine: httpx.Client) -> None:
    created = mine.post(ITEMS, json={"name": "found by its location", "price": 3})
    assert created.status_code == 201
    location = created.headers["location"]
    assert httpx.URL(location).path == f"{ITEMS}/{created.json()['id']}"
    assert mine.get(location).json() == created.json()
    assert mine.delete(location).status_code == 204


def test_times_carry_their_zone_and_a_change_moves_one_of_them(mine: httpx.Client, new_item: NewItem) -> None:
    item = new_item()
    created = datetime.fromisoformat(item["created_at"])
    assert created.tzinfo is not None
    changed = mine.patch(f"{ITEMS}/{item['id']}", json={"name": "later"}).json()
    assert changed["created_at"] == item["created_at"]
    assert datetime.fromisoformat(changed["updated_at"]) > created


def test_pages_follow_one_another_without_gap_or_repetition(mine: httpx.Client, new_item: NewItem) -> None:
    made = [new_item(name=f"page {number}")["id"] for number in range(5)]
    first, second, third = (page for _, page in zip(range(3), pages(mine, 2), strict=False))
    assert [len(first), len(second)] == [2, 2]
    assert third
    seen = [item["id"] for page in pages(mine, 100) for item in page]
    assert seen == sorted(set(seen))
    assert [number for number in seen if number in made] == made
    assert [item["id"] for item in [*first, *second, *third]] == seen[: 4 + len(third)]


def test_a_cursor_of_nobody_is_refused(mine: httpx.Client) -> None:
    assert mine.get(ITEMS, params={"cursor": "bm9ib2R5"}).status_code == 400


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_has_a_size(mine: httpx.Client, limit: int) -> None:
    assert mine.get(ITEMS, params={"limit": limit}).status_code == 422


def test_every_pod_serves_what_one_has_stored(mine: httpx.Client, new_item: NewItem) -> None:
    item = new_item(name="seen by all")
    served: set[str] = set()

    def two_pods() -> bool:
        # A kept connection through a Service, with no proxy between, stays with one pod.
        answer = mine.get(f"{ITEMS}/{item['id']}", headers={"connection": "close"})
        assert answer.status_code == 200, answer.text
        assert answer.json() == item
        served.add(answer.headers["x-served-by"])
        return len(served) >= 2

    wait_until(two_pods, 60, "two pods serve the item")


def test_a_stranger_is_refused_and_another_user_sees_nothing(
    http: httpx.Client, bob: Account, new_item: NewItem
) -> None:
    address = f"{ITEMS}/{new_item()['id']}"
    refused = http.get(address)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert http.get(address, headers=bob.authorization).status_code == 404
    assert http.delete(address, headers=bob.authorization).status_code == 404
    assert http.get(ITEMS, headers=bob.authorization).json()["items"] == []
