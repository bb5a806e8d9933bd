"""What happens to items is told in the room of their owner."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from service.platform.errors import UnavailableError
from service.settings import Settings
from tests.support.listening import Listening, listening
from tests.support.rooms import in_room

ITEMS = "/api/v2/items"
NEW = {"name": "anchor", "price": 1.5}


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Listening]:
    async with listening(settings) as running:
        yield running


def client_of(service: Listening, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=service.http, headers={"authorization": f"Bearer {token}"})


async def test_an_owner_hears_what_happens_to_an_item_and_nobody_else_does(service: Listening) -> None:
    (_, ann), (_, bob) = await service.user("Ann"), await service.user("Bob")
    async with (
        client_of(service, ann) as client,
        in_room(service.ws, "items", ann) as hers,
        in_room(service.ws, "items", bob) as his,
    ):
        made = await client.post(ITEMS, json=NEW)
        address = made.headers["location"]
        await client.patch(address, json={"price": 2}, headers={"if-match": made.headers["etag"]})
        await client.delete(address, headers={"if-match": "*"})
        heard = [await hers.hear() for _ in range(3)]
        assert [frame["action"] for frame in heard] == ["created", "updated", "deleted"]
        number = made.json()["id"]
        assert [frame["item"] for frame in heard] == [
            {"id": number, "revision": 1, "name": "anchor", "price": "1.50"},
            {"id": number, "revision": 2, "name": "anchor", "price": "2.00"},
            {"id": number, "revision": 2, "name": "anchor", "price": "2.00"},
        ]
        await his.say("anything?")
        assert (await his.hear())["type"] == "error"


async def test_what_was_refused_or_done_before_is_not_told(service: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[str] = []
    publish = service.state["hub"].publish

    async def note(room: str, event: Any, *, key: str) -> str:
        published.append(event["action"])  # the hub itself would keep a repeated key back, for ten minutes
        return await publish(room, event, key=key)

    monkeypatch.setattr(service.state["hub"], "publish", note)
    _, ann = await service.user("Ann")
    async with client_of(service, ann) as client, in_room(service.ws, "items", ann) as peer:
        key = {"idempotency-key": "once"}
        made = [await client.post(ITEMS, json=NEW, headers=key) for _ in range(2)]
        stale = await client.delete(made[0].headers["location"], headers={"if-match": '"stale"'})
        assert ([answer.status_code for answer in made], stale.status_code) == ([201, 201], 412)
        await client.delete(made[0].headers["location"], headers={"if-match": "*"})
        assert [(await peer.hear())["action"] for _ in range(2)] == ["created", "deleted"] == published


@pytest.mark.parametrize("error", [UnavailableError("away"), TimeoutError()])
async def test_a_write_succeeds_though_nobody_can_be_told_and_that_is_counted(
    service: Listening, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    async def refuse(*_arguments: Any, **_options: Any) -> str:
        raise error

    monkeypatch.setattr(service.state["hub"], "publish", refuse)
    _, ann = await service.user("Ann")
    async with client_of(service, ann) as client:
        made = await client.post(ITEMS, json=NEW)
        assert made.status_code == 201
        assert (await client.get(made.headers["location"])).status_code == 200
    assert service.app.metrics.registry.get_sample_value("slipway_room_events_lost_total") == 1
    assert "nobody heard that an item was created" in caplog.text
