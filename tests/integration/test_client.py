"""The Python client against the service."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service.client import Client, ProblemError
from service.client_room import RefusedError, Room, RoomError
from service.platform.errors import UnavailableError
from service.settings import Settings
from tests.support.listening import Listening, listening
from tests.support.ports import free_port
from tests.support.served import migrate

PASSWORD = "correct horse battery"


@pytest.fixture
async def service(sqlite_settings: Settings) -> AsyncIterator[Listening]:
    migrate(sqlite_settings)
    async with listening(sqlite_settings.model_copy(update={"login_rate_limit": ""})) as running:
        yield running


@pytest.fixture
async def client(service: Listening) -> AsyncIterator[Client]:
    async with Client(service.http) as client:
        await client.register("ann@example.org", "Ann", PASSWORD)
        await client.login("ann@example.org", PASSWORD)
        yield client


async def hear(room: Room, kind: str = "message") -> dict[str, Any]:
    async with asyncio.timeout(20):
        async for event in room:
            if event["type"] == kind:
                return dict(event)
    raise AssertionError


def close_all(service: Listening, code: int = 1012) -> None:
    for end in service.state["sockets"]._open.values():
        assert end is not None
        end(code, "a test")


async def test_users_items_and_the_computation(client: Client) -> None:
    assert (await client.me()).name == "Ann"
    item = await client.create_item("lamp", Decimal("12.50"), key="k")
    assert (await client.create_item("lamp", "12.5", key="k")).id == item.id
    assert await client.read_item(item.id) == item
    changed = await client.change_item(item, price=Decimal("9.99"))
    assert (changed.price, changed.revision) == (Decimal("9.99"), item.revision + 1)
    with pytest.raises(ProblemError) as stale:
        await client.delete_item(item)
    assert stale.value.status == 412
    assert stale.value.request_id
    page = await client.list_items(limit=1)
    assert ([found.id for found in page.items], page.next) == ([item.id], None)
    await client.delete_item(changed)
    assert (await client.compute(10))["prime"] == 29


async def test_an_expired_token_is_renewed_by_itself(client: Client) -> None:
    client.token = "expired"
    assert (await client.me()).name == "Ann"
    async with Client(client.base_url, "expired") as stranger:
        with pytest.raises(ProblemError):
            await stranger.me()
        with pytest.raises(RoomError, match="token"):
            async with stranger.room("lobby"):
                pass


async def test_what_is_sent_is_heard_and_answered_with_its_id(client: Client) -> None:
    async with client.room("lobby") as room:
        number = await room.send("hello")
        assert (await hear(room))["id"] == number == room.last_id


async def test_a_connection_that_ends_is_made_again_and_nothing_is_missed(service: Listening, client: Client) -> None:
    async with client.room("lobby") as room, client.room("lobby") as other:
        await room.send("before")
        close_all(service)
        numbers = [await other.send(str(number)) for number in range(5)]
        heard = [await hear(room) for _ in range(6)]
        assert [event["text"] for event in heard] == ["before", "0", "1", "2", "3", "4"]
        assert [event["id"] for event in heard[1:]] == numbers
        assert room.reconnects == 1


async def test_from_where_it_was_it_goes_on_in_another_life(client: Client) -> None:
    async with client.room("lobby") as room:
        await room.send("seen")
        await room.send("not seen")
        await hear(room)
    async with client.room("lobby", room.last_id) as again:
        assert (await hear(again))["text"] == "not seen"


async def test_an_expired_session_goes_on_with_a_new_token(service: Listening, client: Client) -> None:
    async with client.room("lobby") as room:
        client.token = "expired"
        close_all(service, 4401)
        await room.send("still here")
        assert client.token != "expired"
        client.token, client._credentials = "expired", None
        close_all(service, 4401)
        with pytest.raises(RoomError, match="token"):
            await hear(room, "nothing of that kind")
        with pytest.raises(RoomError):
            await room.send("to nobody")


async def test_what_the_bus_did_not_take_is_sent_again(
    service: Listening, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = service.state["hub"]
    failures: list[str] = []
    publish = hub.bus.publish

    async def failing(room: str, body: Any, **more: Any) -> Any:
        if body["type"] == "message" and len(failures) < 2:
            failures.append(body["text"])
            raise UnavailableError("not now")
        return await publish(room, body, **more)

    async with client.room("lobby") as room:
        monkeypatch.setattr(hub.bus, "publish", failing)
        number = await room.send("hello")
        assert failures == ["hello", "hello"]
        assert (await hear(room))["id"] == number


async def test_a_login_that_nobody_answers_is_tried_again_and_one_that_is_wrong_is_not(client: Client) -> None:
    assert await client.renew()
    async with Client(f"http://127.0.0.1:{free_port()}") as nobody:
        nobody._credentials = client._credentials
        assert await nobody.renew()
    client._credentials = {"username": "ann@example.org", "password": "another than hers"}
    assert not await client.renew()


async def test_who_leaves_waits_for_nothing_any_more(
    service: Listening, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = asyncio.Event()

    async def refuse(*_: Any, **__: Any) -> Any:
        refused.set()
        raise UnavailableError("not now")

    async with client.room("lobby") as room:
        monkeypatch.setattr(service.state["hub"].bus, "publish", refuse)
        saying = asyncio.create_task(room.send("never taken"))
        await asyncio.wait_for(refused.wait(), 20)
    await asyncio.wait([saying], timeout=30)
    assert saying.cancelled()


async def test_who_gives_up_entering_leaves_nothing_behind() -> None:
    async with Client(f"http://127.0.0.1:{free_port()}", "token") as client:
        room = client.room("lobby")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await room.__aenter__()
    assert room._running.done()


async def test_who_is_sending_when_the_room_is_lost_hears_of_it(
    service: Listening, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = asyncio.Event()

    async def take_for_ever(*_: Any, **__: Any) -> Any:
        taken.set()
        await asyncio.Event().wait()

    async with client.room("lobby") as room:
        await hear(room, "joined")
        with monkeypatch.context() as hanging:
            hanging.setattr(service.state["hub"].bus, "publish", take_for_ever)
            saying = asyncio.create_task(room.send("hello"))
            await asyncio.wait_for(taken.wait(), 20)
        close_all(service, 1008)
        with pytest.raises(RoomError, match="1008"):
            await asyncio.wait_for(saying, 20)
        with pytest.raises(RoomError, match="1008"):
            await hear(room)


async def test_when_the_bus_is_back_what_was_not_acknowledged_is_said_at_once(
    service: Listening, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.client_room.random.uniform", lambda *_: 3600)
    hub, refused = service.state["hub"], asyncio.Event()

    async def refuse(*_: Any, **__: Any) -> Any:
        refused.set()
        raise UnavailableError("not now")

    async with client.room("lobby") as room:
        with monkeypatch.context() as away:
            away.setattr(hub.bus, "publish", refuse)
            saying = asyncio.create_task(room.send("hello"))
            await asyncio.wait_for(refused.wait(), 20)
        hub.state(degraded=False)
        number = await asyncio.wait_for(saying, 20)
        assert (await hear(room))["id"] == number


async def test_what_will_never_be_taken_raises(client: Client) -> None:
    async with client.room("lobby") as room, client.room("items") as items:
        with pytest.raises(RefusedError, match="too_long"):
            await room.send("x" * 5000)
        with pytest.raises(RefusedError, match="forbidden"):
            await items.send("x")
        item = await client.create_item("lamp", "1.00")
        assert (await hear(items, "item"))["item"]["id"] == item.id


async def test_a_room_that_does_not_exist_raises(client: Client) -> None:
    with pytest.raises(RoomError, match="404"):
        async with client.room("no_room"):
            pass


async def test_a_client_waits_for_a_service_that_is_not_there_yet(sqlite_settings: Settings) -> None:
    migrate(sqlite_settings)
    async with listening(sqlite_settings) as service:
        _, token = await service.user()
    async with Client(service.http, token) as client:
        entering = asyncio.create_task(client.room("lobby").__aenter__())
        async with listening(sqlite_settings, service.port):
            room = await asyncio.wait_for(entering, 20)
            assert await room.send("hello")
            await room.__aexit__()


def test_the_client_needs_nothing_of_the_service() -> None:
    folder = Path(__file__).parents[2] / "service"
    for name in ("client.py", "client_room.py"):
        imports = [line for line in (folder / name).read_text().splitlines() if "import" in line and "service" in line]
        assert [line for line in imports if not line.startswith("from service.client_room")] == []
