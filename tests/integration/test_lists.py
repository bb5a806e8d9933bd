import re
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from service.domain import items, listing, users
from service.domain.listing import Listing, Part
from service.domain.models import Item
from service.platform.database import engine_of
from service.settings import Settings
from tests.support.people import a_person, an_email
from tests.support.served import Served, served

V1, V2 = "/api/v1/items", "/api/v2/items"
PRICES = {"a": "3.00", "ab": "1.00", "b": "2.00", "a%": "2.00", "B": "0.50"}


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Served]:
    """With a user who has some items."""
    async with served(settings) as running:
        running.public.headers.update((await a_person(running)).headers)
        for name, price in PRICES.items():
            await running.public.post(V2, json={"name": name, "price": price})
        yield running


async def names(service: Served, **query: str) -> list[str]:
    """All pages of two, put together."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await service.public.get(V2, params={"limit": "2", **query, **cursor})
        assert answer.status_code == 200, answer.text
        found += [item["name"] for item in answer.json()["data"]]
        if not (following := answer.json()["page"]["next"]):
            return found
        cursor = {"cursor": following}


async def test_each_order_goes_on_over_the_pages_and_back(service: Served) -> None:
    assert await names(service) == list(PRICES)
    assert await names(service, sort="-created") == list(PRICES)[::-1]
    by_price = await names(service, sort="price")
    assert [Decimal(PRICES[name]) for name in by_price] == sorted(map(Decimal, PRICES.values()))
    assert by_price == ["B", "ab", "b", "a%", "a"]
    assert await names(service, sort="-price") == by_price[::-1]
    by_name = await names(service, sort="name")
    assert sorted(by_name) == sorted(PRICES)
    assert await names(service, sort="-name") == by_name[::-1]


async def test_filters_choose_and_a_percent_sign_is_only_a_character(service: Served) -> None:
    assert await names(service, name="a%") == ["a%"]
    assert await names(service, name="b") == ["b"]  # and not "B"
    assert await names(service, min_price="2", max_price="2.00") == ["b", "a%"]
    assert await names(service, min_price="2", sort="-price") == ["a", "a%", "b"]


@pytest.mark.parametrize("other", [{"sort": "name"}, {"min_price": "1"}, {"name": "a"}])
async def test_a_cursor_is_only_good_for_its_own_list(service: Served, other: dict[str, str]) -> None:
    cursor = (await service.public.get(V2, params={"limit": 1})).json()["page"]["next"]
    assert (await service.public.get(V2, params={"cursor": cursor, **other})).status_code == 400
    someone = await a_person(service)
    assert (await service.public.get(V2, params={"cursor": cursor}, headers=someone.headers)).status_code == 400


async def test_a_cursor_of_the_other_version_is_good(service: Served) -> None:
    cursor = (await service.public.get(V1, params={"limit": 4})).json()["next"]
    page = (await service.public.get(V2, params={"cursor": cursor})).json()
    assert [item["name"] for item in page["data"]] == ["B"]


async def test_the_next_page_is_a_link(service: Served) -> None:
    answer = await service.public.get(V2, params={"limit": 2, "sort": "price"})
    (address,) = re.findall(r'<(.+)>; rel="next"', answer.headers["link"])
    following = await service.public.get(address)
    assert [item["name"] for item in following.json()["data"]] == ["b", "a%"]


async def test_a_total_is_only_counted_when_asked_for(service: Served) -> None:
    statements: list[str] = []
    event.listen(service.state["database"].engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert "total" not in (await service.public.get(V2)).json()["page"]
    assert not any("count" in statement for statement in statements)
    assert (await service.public.get(V2, params={"total": "true", "name": "a", "limit": 1})).json()["page"][
        "total"
    ] == 3
    assert (await service.public.get(V1, params={"total": "true"})).json()["total"] == len(PRICES)


async def test_the_first_version_skips_as_the_guide_does(service: Served) -> None:
    page = (await service.public.get(V1, params={"skip": 3, "limit": 1})).json()
    assert [item["name"] for item in page["items"]] == ["a%"]
    cursor = page["next"]
    assert (await service.public.get(V1, params={"cursor": cursor})).json()["items"][0]["name"] == "B"
    assert (await service.public.get(V1, params={"skip": 1, "cursor": cursor})).status_code == 400
    assert (await service.public.get(V1, params={"skip": 10_001})).status_code == 422


@pytest.mark.parametrize("query", [{"sort": "owner_id"}, {"limit": "101"}, {"min_price": "-1"}, {"name": "\0"}])
async def test_nothing_else_can_be_asked(service: Served, query: dict[str, str]) -> None:
    assert (await service.public.get(V2, params=query)).status_code == 422


async def test_an_unchanged_list_is_not_sent_again(service: Served) -> None:
    first = await service.public.get(V2)
    again = await service.public.get(V2, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await service.public.post(V2, json={"name": "new", "price": 1})
    assert (await service.public.get(V2, headers={"if-none-match": first.headers["etag"]})).status_code == 200


@pytest.fixture
def engine(settings: Settings) -> Any:
    made = engine_of(settings.database)
    yield made
    made.dispose()


@bounds(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sort=st.sampled_from(["created", "-created", "name", "-name", "price", "-price"]),
    before=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=8),
    between=st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=2), max_size=12),
    limit=st.integers(1, 3),
)
def test_whatever_is_made_meanwhile_nothing_is_missed_and_nothing_comes_twice(
    engine: Engine, sort: Any, before: list[Any], between: list[list[Any]], limit: int
) -> None:
    with Session(engine, expire_on_commit=False) as session:
        owner = users.register(session, an_email(), "Ann", "x")

        def make(name: str, price: int) -> Item:
            return items.create(session, owner, {"name": name, "price": Decimal(price)})

        there = {make(*values).id for values in before}
        wanted, after, seen = Listing(sort), None, []
        later = iter(between)
        while page := listing.page(session, owner.id, wanted, Part(limit, after)):
            seen += [item.id for item in page]
            after = wanted.key(page[-1])
            for values in next(later, []):
                make(*values)
        session.rollback()
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


@pytest.mark.parametrize("sort", ["created", "-created", "name", "-price"])
def test_a_page_is_read_from_an_index_without_sorting_or_counting(postgres_settings: Settings, sort: Any) -> None:
    engine = engine_of(postgres_settings.database)
    plans: list[str] = []
    with Session(engine, expire_on_commit=False) as session:
        owner = users.register(session, an_email(), "Ann", "x")
        session.add_all(Item(owner_id=owner.id, name=f"n{n % 50}", price=n % 70) for n in range(3000))
        session.flush()
        session.execute(text("ANALYZE items"))
        wanted = Listing(sort)
        after = wanted.key(listing.page(session, owner.id, wanted, Part(1500))[-1])

        def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            if statement.startswith("SELECT items"):
                cursor.execute(f"EXPLAIN {statement}", values)
                plans.append("\n".join(row[0] for row in cursor.fetchall()))

        event.listen(engine, "before_cursor_execute", explain)
        listing.page(session, owner.id, wanted, Part(20, after))
        session.rollback()
    engine.dispose()
    (plan,) = plans
    assert "Index Scan" in plan
    assert "Sort" not in plan
