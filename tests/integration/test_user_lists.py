from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.support.people import Person, a_person
from tests.support.served import Served

USERS = "/api/v2/users"


async def users_with_items(service: Served, count: int) -> list[Person]:
    people = [await a_person(service) for _ in range(count)]
    for person in people:
        for name in ("anchor", "buoy"):
            answer = await service.public.post(
                "/api/v2/items", json={"name": name, "price": "1.50"}, headers=person.headers
            )
            assert answer.status_code == 201
    return people


@contextmanager
def statements(service: Served) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(service.state["database"].engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(service.state["database"].engine, "before_cursor_execute", note)


async def walk(service: Served, path: str, admin: Person, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        params = {**query, **({"cursor": cursor} if cursor else {})}
        answer = await service.public.get(path, params=params, headers=admin.headers)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page.get("users") or page["data"]
        cursor = page["next"] if "next" in page else page["page"]["next"]
        if cursor is None:
            return found


async def test_an_administrator_sees_everybody_once_with_their_items(service: Served) -> None:
    people, admin = await users_with_items(service, 3), await a_person(service, admin=True)
    found = await walk(service, USERS, admin, limit=2, with_items=True)
    numbers = [user["id"] for user in found]
    assert numbers == sorted(set(numbers))
    for person in people:
        (user,) = (user for user in found if user["id"] == person.id)
        assert [(item["name"], item["price"], item["owner_id"]) for item in user["items"]] == [
            ("anchor", "1.50", person.id),
            ("buoy", "1.50", person.id),
        ]


async def test_each_version_shows_items_in_its_own_way(service: Served) -> None:
    (person,), admin = await users_with_items(service, 1), await a_person(service, admin=True)
    (first,) = (
        user for user in await walk(service, "/api/v1/users", admin, with_items=True) if user["id"] == person.id
    )
    assert [item["price"] for item in first["items"]] == [1.5, 1.5]
    assert "owner_id" not in first["items"][0]


async def test_without_being_asked_for_items_are_not_even_read(service: Served) -> None:
    await users_with_items(service, 1)
    admin = await a_person(service, admin=True)
    with statements(service) as sent:
        found = await walk(service, USERS, admin, limit=100)
    assert all(set(user) == {"id", "email", "name", "created_at"} for user in found)
    assert not any("FROM items" in statement for statement in sent)


@pytest.mark.parametrize("count", [1, 8])
async def test_two_statements_read_users_with_their_items_however_many_there_are(service: Served, count: int) -> None:
    await users_with_items(service, count)
    admin = await a_person(service, admin=True)
    with statements(service) as sent:
        answer = await service.public.get(USERS, params={"limit": 100, "with_items": True}, headers=admin.headers)
    assert answer.status_code == 200
    acting, *others = [statement for statement in sent if "FROM users" in statement or "FROM items" in statement]
    assert "WHERE users.id =" in acting
    assert len(others) == 2, others


async def test_nobody_else_sees_the_list(service: Served) -> None:
    answer = await service.public.get(USERS, headers=(await a_person(service)).headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert (await service.public.get(USERS)).status_code == 401


async def test_a_cursor_of_the_items_begins_no_list_of_users(service: Served) -> None:
    admin = await a_person(service, admin=True)
    foreign = service.state["item_cursors"].write(["1"])
    answer = await service.public.get(USERS, params={"cursor": foreign}, headers=admin.headers)
    assert answer.status_code == 400
