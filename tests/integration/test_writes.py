"""Truthful writes: no update is lost, and what is sent again is done once."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.api.item_views import ItemView, ItemView2
from service.domain.models import IdempotencyKey, Item, now
from service.settings import Settings
from tests.support.people import a_person
from tests.support.served import Served, migrate, served

V1, V2 = "/api/v1/items", "/api/v2/items"
NEW = {"name": "one", "price": "1.50"}


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Served]:
    """With a user whose token comes with every request."""
    async with served(settings) as running:
        running.public.headers.update((await a_person(running)).headers)
        yield running


async def create(service: Served, **headers: str) -> httpx.Response:
    return await service.public.post(V2, json=NEW, headers=headers)


async def rows(service: Served, name: str) -> int:
    def count(session: Session) -> int:
        return session.scalar(select(func.count()).select_from(Item).where(Item.name == name)) or 0

    return await service.state["database"].run(count)


# --- conditional requests -------------------------------------------------------------------------------------------


async def test_a_tag_follows_the_revision(service: Served) -> None:
    made = await create(service)
    address = made.headers["location"]
    assert (await service.public.get(address)).headers["etag"] == made.headers["etag"]
    changed = await service.public.patch(address, json={"price": 2}, headers={"if-match": made.headers["etag"]})
    assert changed.headers["etag"] != made.headers["etag"]
    assert changed.json()["revision"] == 2
    assert (await service.public.get(address)).headers["etag"] == changed.headers["etag"]


async def test_what_the_client_has_is_not_written_out_again(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await create(service)

    def written(*_arguments: Any) -> None:
        raise AssertionError("a 304 was written out")

    for view in (ItemView, ItemView2):
        monkeypatch.setattr(view, "model_validate", written)
    for field in (made.headers["etag"], "*", f'"other", W/{made.headers["etag"]}'):
        answer = await service.public.get(made.headers["location"], headers={"if-none-match": field})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == made.headers["etag"]
        assert "content-length" not in answer.headers


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_of_an_older_revision_is_refused(service: Served, method: str) -> None:
    made = await create(service)
    address, etag = made.headers["location"], made.headers["etag"]
    body: dict[str, Any] = {"json": {"name": "later"}} if method == "PATCH" else {}
    await service.public.patch(address, json={"price": 3}, headers={"if-match": etag})
    stale = await service.public.request(method, address, headers={"if-match": etag}, **body)
    assert stale.status_code == 412
    current = {"if-match": stale.headers["etag"]}
    assert (await service.public.request(method, address, headers=current, **body)).is_success


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_the_second_version_wants_to_know_what_is_changed(service: Served, method: str) -> None:
    number = (await create(service)).json()["id"]
    body: dict[str, Any] = {"json": {"name": "later"}} if method == "PATCH" else {}
    assert (await service.public.request(method, f"{V2}/{number}", **body)).status_code == 428
    assert (await service.public.request(method, f"{V1}/{number}", **body)).is_success


async def test_of_twenty_changes_of_one_revision_one_is_made(service: Served) -> None:
    made = await create(service)

    async def change(number: int) -> int:
        headers = {"if-match": made.headers["etag"]}
        answer = await service.public.patch(made.headers["location"], json={"price": number}, headers=headers)
        return answer.status_code

    assert sorted(await asyncio.gather(*map(change, range(20)))) == [200] + [412] * 19


async def test_changes_without_a_condition_all_count(service: Served) -> None:
    number = (await create(service)).json()["id"]
    await asyncio.gather(*(service.public.patch(f"{V1}/{number}", json={"price": n}) for n in range(20)))
    assert (await service.public.get(f"{V2}/{number}")).json()["revision"] == 21


# --- idempotency ----------------------------------------------------------------------------------------------------


async def test_what_is_sent_again_is_answered_again_and_done_once(service: Served) -> None:
    key = uuid.uuid4().hex
    first, again = [await create(service, **{"idempotency-key": key}) for _ in range(2)]
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    for header in ("location", "etag", "content-type"):
        assert first.headers[header] == again.headers[header]
    await service.public.delete(f"{V1}/{first.json()['id']}")
    assert (await create(service, **{"idempotency-key": key})).content == first.content


async def test_fifty_at_once_make_one(service: Served) -> None:
    key, name = uuid.uuid4().hex, uuid.uuid4().hex

    async def send() -> httpx.Response:
        return await service.public.post(V2, json={**NEW, "name": name}, headers={"idempotency-key": key})

    answers = await asyncio.gather(*(send() for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await rows(service, name) == 1


async def test_a_key_belongs_to_one_request_of_one_user_in_one_version(service: Served) -> None:
    key = {"idempotency-key": uuid.uuid4().hex}
    first = await create(service, **key)
    other = await service.public.post(V2, json={**NEW, "price": 7}, headers=key)
    assert (other.status_code, other.headers["content-type"]) == (422, "application/problem+json")
    assert (await service.public.post(V1, json=NEW, headers=key)).status_code == 422
    same_in_other_words = await service.public.post(V2, json={"price": 1.5, "name": "one"}, headers=key)
    assert same_in_other_words.content == first.content
    someone = await a_person(service)
    assert (await create(service, **key, **someone.headers)).json()["id"] != first.json()["id"]


async def test_a_request_that_failed_may_be_sent_again(service: Served) -> None:
    key = {"idempotency-key": uuid.uuid4().hex}
    assert (await service.public.post(V2, json={"name": ""}, headers=key)).status_code == 422
    assert (await create(service, **key)).status_code == 201


async def test_a_key_is_forgotten_after_a_day(service: Served) -> None:
    key = uuid.uuid4().hex
    first = await create(service, **{"idempotency-key": key})

    def grow_old(session: Session) -> None:
        past = now() - timedelta(hours=25)
        session.execute(update(IdempotencyKey).where(IdempotencyKey.key == key).values(created_at=past))

    await service.state["database"].run(grow_old)
    again = await create(service, **{"idempotency-key": key})
    assert again.json()["id"] != first.json()["id"]


@pytest.mark.parametrize("key", ["", "a b", "k" * 256, "schlüssel"])
async def test_a_key_has_a_form(service: Served, key: str) -> None:
    answer = await service.public.post(V2, json=NEW, headers={b"idempotency-key": key.encode()})
    assert answer.status_code == 422


async def test_who_waits_too_long_for_the_same_request_is_told_to_come_back(postgres_settings: Settings) -> None:
    async with served(postgres_settings) as service:
        person = await a_person(service)
        key = uuid.uuid4().hex
        engine = service.state["database"].probe
        with Session(engine) as slow:
            slow.add(IdempotencyKey(user_id=person.id, key=key, fingerprint="x"))
            slow.flush()
            answer = await create(service, **{"idempotency-key": key}, **person.headers)
        assert answer.status_code == 409
        assert answer.headers["retry-after"] == "1"
        assert (await create(service, **{"idempotency-key": key}, **person.headers)).status_code == 201


class Model:
    """What a service that keeps its word would answer: the first body of each key, for ever."""

    def __init__(self) -> None:
        self.bodies: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, bytes] = {}


@bounds(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([1, 2])), min_size=1, max_size=8))
def test_any_order_of_sending_keeps_the_first_answer(sqlite_settings: Settings, sent: list[tuple[str, int]]) -> None:
    async def send_all() -> None:
        async with served(sqlite_settings) as service:
            headers = (await a_person(service)).headers
            model = Model()
            for key, price in sent:
                body = {"name": "one", "price": price}
                answer = await service.public.post(V2, json=body, headers={**headers, "idempotency-key": key})
                if model.bodies.setdefault(key, body) == body:
                    assert answer.content == model.answers.setdefault(key, answer.content)
                    assert answer.status_code == 201
                else:
                    assert answer.status_code == 422

    migrate(sqlite_settings)
    asyncio.run(send_all())
