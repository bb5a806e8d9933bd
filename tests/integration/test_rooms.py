"""What rooms promise on the wire, in one process."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from websockets.exceptions import InvalidStatus

from service.domain.models import User
from service.settings import Settings
from tests.support.listening import Listening, listening
from tests.support.rooms import Peer, in_room, opened
from tests.support.served import migrate

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def service(sqlite_settings: Settings) -> AsyncIterator[Listening]:
    migrate(sqlite_settings)
    async with listening(sqlite_settings.model_copy(update={"socket_rate": ""})) as running:
        yield running


async def refusal(address: str, **options: Any) -> tuple[int, dict[str, Any]]:
    with pytest.raises(InvalidStatus) as refused:
        async with opened(address, **options):
            pass
    response = refused.value.response
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, json.loads(response.body or b"")


# --- saying and hearing ---------------------------------------------------------------------------------------------


async def test_everyone_in_the_room_hears_a_message_the_sender_too(service: Listening) -> None:
    ann, bob = await service.user("Ann"), await service.user("Bob")
    async with in_room(service.ws, "lobby", ann[1]) as first, in_room(service.ws, "lobby", bob[1]) as second:
        assert first.welcome["user"] == {"id": ann[0], "name": "Ann"}
        assert (first.welcome["room"], first.welcome["degraded"]) == ("lobby", False)
        await second.say("hello", ref="r1")
        acknowledged = await second.hear("ack")
        heard = await first.hear("message")
        assert acknowledged == {"type": "ack", "ref": "r1", "id": heard["id"]}
        assert heard["from"] == {"id": bob[0], "name": "Bob"}
        assert (heard["text"], heard["room"]) == ("hello", "lobby")


async def test_another_room_hears_nothing_of_it(service: Listening) -> None:
    _, token = await service.user()
    async with in_room(service.ws, "lobby", token) as lobby, in_room(service.ws, "kitchen", token) as kitchen:
        await lobby.say("for the lobby")
        await lobby.hear("message")
        await kitchen.say("for the kitchen")
        assert await kitchen.texts(1) == ["for the kitchen"]


async def test_a_personal_message_reaches_the_two_it_is_between_and_later_too(service: Listening) -> None:
    people = [await service.user(name) for name in ("Ann", "Bob", "Eve")]
    async with (
        in_room(service.ws, "lobby", people[0][1]) as ann,
        in_room(service.ws, "lobby", people[1][1]) as bob,
        in_room(service.ws, "lobby", people[2][1]) as eve,
    ):
        await ann.say("psst", ref="1", to=people[1][0])
        await ann.say("hello all", ref="2")
        assert await bob.texts(2) == ["psst", "hello all"]
        assert await ann.texts(2) == ["psst", "hello all"]
        assert await eve.texts(1) == ["hello all"]
    for (_, token), expected in zip(people, (["psst", "hello all"],) * 2 + (["hello all"],), strict=True):
        async with in_room(service.ws, "lobby", token, last_id=eve.welcome["last_id"]) as again:
            assert await again.texts(len(expected)) == expected


async def test_who_comes_and_goes_is_told_once_however_many_sockets_they_have(service: Listening) -> None:
    (_, ann), (number, bob) = await service.user("Ann"), await service.user("Bob")
    async with in_room(service.ws, "lobby", ann) as watching:
        await watching.hear("joined")
        async with in_room(service.ws, "lobby", bob), in_room(service.ws, "lobby", bob) as second:
            await second.say("both are here")
            heard = [await watching.hear(), await watching.hear()]
        left = await watching.hear()
    assert [frame["type"] for frame in heard] == ["joined", "message"]
    assert heard[0]["user"] == left["user"] == {"id": number, "name": "Bob"}
    assert left["type"] == "left"


async def test_a_repeated_reference_is_acknowledged_again_and_told_once(service: Listening) -> None:
    _, token = await service.user()
    async with in_room(service.ws, "lobby", token) as peer:
        await peer.say("once", ref="same")
        first = await peer.hear("ack")
    async with in_room(service.ws, "lobby", token, last_id=peer.welcome["last_id"]) as peer:
        await peer.say("once", ref="same")
        await peer.say("last", ref="other")
        heard = [await peer.hear("ack", "message") for _ in range(4)]
    assert first in heard
    assert [frame["text"] for frame in heard if frame["type"] == "message"] == ["once", "last"]


# --- coming back ----------------------------------------------------------------------------------------------------


async def test_who_comes_back_hears_what_was_missed_then_what_happens_none_twice(service: Listening) -> None:
    (_, ann), (_, bob) = await service.user("Ann"), await service.user("Bob")
    async with in_room(service.ws, "lobby", ann) as peer:
        await peer.say("seen")
        seen = (await peer.hear("message"))["id"]
    async with in_room(service.ws, "lobby", bob) as other:
        speaking = asyncio.create_task(_count_up(other, 300))
        await other.texts(100)
        reading = asyncio.create_task(other.texts(200))
        async with in_room(service.ws, "lobby", ann, last_id=seen) as again:
            assert again.welcome["last_id"] == seen
            assert await again.texts(300) == [str(number) for number in range(300)]
        await asyncio.gather(speaking, reading)


async def _count_up(peer: Peer, count: int) -> None:
    for number in range(count):
        await peer.say(str(number), ref=f"n{number}")
        await asyncio.sleep(0)


async def test_what_the_history_no_longer_holds_is_told_as_a_gap(service: Listening) -> None:
    _, token = await service.user()
    async with in_room(service.ws, "lobby", token, last_id="00000000.1-0") as peer:
        assert [(await peer.hear())["type"] for _ in range(2)] == ["gap", "joined"]
    async with in_room(service.ws, "lobby", token, last_id="nonsense") as peer:
        gap = await peer.hear()
        assert gap["type"] == "gap"
        assert [(await peer.hear())["type"] for _ in range(2)] == ["joined", "left"]
    async with in_room(service.ws, "lobby", token, last_id=gap["last_id"]) as peer:
        assert (await peer.hear())["type"] == "joined"


# --- who may --------------------------------------------------------------------------------------------------------


async def test_a_token_may_come_as_subprotocol_first_message_or_in_development_in_the_address(
    service: Listening,
) -> None:
    number, token = await service.user()
    address = f"{service.ws}/ws/rooms/lobby"
    async with opened(address, subprotocols=["bearer", token]) as peer:
        assert peer.socket.subprotocol == "bearer"
        assert (await peer.hear())["user"]["id"] == number
    async with opened(address) as peer:
        await peer.socket.send(json.dumps({"type": "auth", "token": token}))
        assert (await peer.hear())["user"]["id"] == number
    async with opened(f"{address}?token={token}") as peer:
        assert (await peer.hear())["user"]["id"] == number


async def test_production_takes_no_token_from_the_address(sqlite_settings: Settings) -> None:
    migrate(sqlite_settings)
    async with listening(sqlite_settings.model_copy(update={"environment": "production"})) as service:
        _, token = await service.user()
        status, body = await refusal(f"{service.ws}/ws/rooms/lobby?token={token}")
    assert status == 401
    assert token not in json.dumps(body)


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer made.up.token"}, {"Authorization": "Bearer"}])
async def test_a_bad_token_is_refused_before_the_socket_opens(service: Listening, headers: dict[str, str]) -> None:
    status, body = await refusal(f"{service.ws}/ws/rooms/lobby", additional_headers=headers)
    assert (status, body["title"]) == (401, "Unauthorized")


@pytest.mark.parametrize("first", ["{}", '{"type": "auth", "token": "made.up.token"}', "[" * 10_000, b"bytes"])
async def test_a_bad_first_message_closes_4401(service: Listening, first: str | bytes) -> None:
    async with opened(f"{service.ws}/ws/rooms/lobby") as peer:
        await peer.socket.send(first)
        code, reason = await peer.closing()
    assert code == 4401
    assert reason


async def test_silence_instead_of_a_first_message_closes_4401(
    service: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.api.admission.FIRST_MESSAGE_SECONDS", 0.2)
    async with opened(f"{service.ws}/ws/rooms/lobby") as peer:
        assert (await peer.closing())[0] == 4401


async def test_an_expired_token_ends_the_session_with_4401(sqlite_settings: Settings) -> None:
    migrate(sqlite_settings)
    async with listening(sqlite_settings.model_copy(update={"token_seconds": 2})) as service:
        _, token = await service.user()
        begin = time.time()
        async with in_room(service.ws, "lobby", token) as peer:
            code, reason = await peer.closing()
    assert code == 4401
    assert "expired" in reason
    assert time.time() - begin < 4


async def test_a_deactivated_user_is_out_at_the_next_check(service: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.rooms.RECHECK_SECONDS", 0.2)
    number, token = await service.user()

    def deactivate(session: Session) -> None:
        session.execute(update(User).where(User.id == int(number)).values(active=False))

    async with in_room(service.ws, "lobby", token) as peer:
        await service.state["database"].run(deactivate)
        assert (await peer.closing())[0] == 4401


async def test_a_page_of_another_site_may_not_open_a_socket(sqlite_settings: Settings) -> None:
    migrate(sqlite_settings)
    friend = "https://friend.example"
    async with listening(sqlite_settings.model_copy(update={"cors_origins": (friend,)})) as service:
        _, token = await service.user()
        address = f"{service.ws}/ws/rooms/lobby"
        for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
            status, _ = await refusal(address, origin=origin, subprotocols=["bearer", token])
            assert status == 403
        for origin in (friend, service.http):
            async with opened(address, origin=origin, subprotocols=["bearer", token]) as peer:
                assert (await peer.hear())["type"] == "welcome"


@pytest.mark.parametrize("room", ["Lobby", "a_b", "x" * 65, "a%20b"])
async def test_a_name_that_is_no_rooms_is_not_found(service: Listening, room: str) -> None:
    assert (await refusal(f"{service.ws}/ws/rooms/{room}"))[0] == 404


async def test_a_user_may_hold_so_many_sockets_and_no_more(sqlite_settings: Settings) -> None:
    migrate(sqlite_settings)
    async with listening(sqlite_settings.model_copy(update={"sockets_per_user": 2})) as service:
        (_, token), (_, other) = await service.user("Ann"), await service.user("Bob")
        address = f"{service.ws}/ws/rooms/lobby"
        async with in_room(service.ws, "lobby", token):
            async with in_room(service.ws, "kitchen", token):
                assert (await refusal(address, subprotocols=["bearer", token]))[0] == 429
                async with opened(address) as late:
                    await late.socket.send(json.dumps({"type": "auth", "token": token}))
                    assert (await late.closing())[0] == 4429
                async with in_room(service.ws, "lobby", other):
                    pass
            async with opened(f"{address}?token={token}") as free_again:
                assert (await free_again.hear())["type"] == "welcome"


# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"type": "message", "text": "x" * 4001, "ref": "r"}, "too_long"),
        ({"type": "message", "text": "", "ref": "r"}, "invalid"),
        ({"type": "message", "text": "x", "ref": "r", "to": "nobody"}, "invalid"),
        ({"type": "message", "text": "x", "ref": "r", "from": {"id": "1"}}, "invalid"),
        ({"type": "shout", "text": "x", "ref": "r"}, "invalid"),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_its_reference(
    service: Listening, said: dict[str, Any], code: str
) -> None:
    _, token = await service.user()
    async with in_room(service.ws, "lobby", token) as peer:
        await peer.socket.send(json.dumps(said))
        error = await peer.hear("error", "message")
        assert (error["code"], error["ref"]) == (code, "r")
        await peer.say("x" * 4000, ref="still here")
        assert (await peer.hear("ack"))["ref"] == "still here"


@pytest.mark.parametrize("text", ["", "no json", "[]", '"ref"', '{"ref": 1}', "[" * 60_000, "\ud7ff\x00"])
async def test_what_is_no_message_at_all_is_invalid(service: Listening, text: str) -> None:
    _, token = await service.user()
    async with in_room(service.ws, "lobby", token) as peer:
        await peer.socket.send(text)
        error = await peer.hear("error")
        assert error["code"] == "invalid"
        assert "ref" not in error


async def test_bytes_close_1003_and_a_frame_too_big_1009(service: Listening) -> None:
    _, token = await service.user()
    for sent, code in ((b"bytes", 1003), ("x" * 70_000, 1009)):
        async with in_room(service.ws, "lobby", token) as peer:
            await peer.socket.send(sent)
            assert (await peer.closing())[0] == code


async def test_who_speaks_too_fast_is_told_and_in_the_end_thrown_out(sqlite_settings: Settings) -> None:
    migrate(sqlite_settings)
    async with listening(sqlite_settings.model_copy(update={"socket_rate": "5/minute"})) as service:
        _, token = await service.user()
        async with in_room(service.ws, "lobby", token) as peer:
            answers = []
            for number in range(10):
                await peer.say("again", ref=str(number))
                answers.append(await peer.hear("ack", "error"))
            await peer.say("and again")
            assert [answer.get("code") for answer in answers] == [None] * 5 + ["too_fast"] * 5
            assert [answer["ref"] for answer in answers] == [str(number) for number in range(10)]
            assert (await peer.closing())[0] == 1008


# --- a user's items -------------------------------------------------------------------------------------------------


async def test_the_room_items_is_each_users_own_and_nobody_writes_there(service: Listening) -> None:
    (ann_id, ann), (_, bob) = await service.user("Ann"), await service.user("Bob")
    async with in_room(service.ws, "items", ann) as hers, in_room(service.ws, "items", bob) as his:
        for peer in (hers, his):
            await peer.say("let me in")
            assert (await peer.hear())["code"] == "forbidden"
        event = {"type": "item", "action": "created", "item": {"id": 7}}
        number = await service.state["hub"].publish(f"items/{ann_id}", event)
        assert await hers.hear() == {**event, "id": number}
        await his.say("anything?")
        assert (await his.hear())["type"] == "error"
