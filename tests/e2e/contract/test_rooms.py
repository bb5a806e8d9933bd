"""Rooms through the Ingress: sockets of different pods are in one room."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e.contract.conftest import ITEMS, Account
from tests.e2e.waiting import wait_until

Frame = dict[str, Any]
SECONDS = 10


class Joined:
    """A socket in a room."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        assert connection.response is not None
        self.pod = connection.response.headers["x-served-by"]
        self._passed: list[Frame] = []
        self.welcome = self.next("welcome")

    def next(self, *kinds: str) -> Frame:
        """Give the next frame of these kinds; others are kept for whoever asks for them."""
        for frame in self._passed:
            if frame["type"] in kinds:
                self._passed.remove(frame)
                return frame
        deadline = time.monotonic() + SECONDS
        while (frame := self._receive(deadline))["type"] not in kinds:
            self._passed.append(frame)
        return frame

    def _receive(self, deadline: float) -> Frame:
        frame: Frame = json.loads(self.connection.recv(timeout=max(0, deadline - time.monotonic())))
        return frame

    def say(self, text: str, ref: str = "") -> str:
        """Send a message and give the id under which it was accepted."""
        ref = ref or uuid.uuid4().hex
        self.connection.send(json.dumps({"type": "message", "text": text, "ref": ref}))
        told = self.next("ack", "error")
        assert (told["type"], told["ref"]) == ("ack", ref)
        return str(told["id"])


Join = Callable[..., Joined]


@pytest.fixture
def join(address: str) -> Iterator[Join]:
    """Joins rooms and leaves them after the test."""
    with ExitStack() as stack:

        def enter(room: str, who: Account, last_id: str = "") -> Joined:
            query = f"?{urlencode({'last_id': last_id})}" if last_id else ""
            url = f"ws{address.removeprefix('http')}/ws/rooms/{room}{query}"
            socket = connect(url, proxy=None, open_timeout=SECONDS, additional_headers=who.authorization)
            return Joined(stack.enter_context(socket))

        yield enter


@pytest.fixture
def room() -> str:
    return f"e2e-{uuid.uuid4().hex[:12]}"


def on_another_pod(join: Join, room: str, who: Account, pod: str) -> Joined:
    """A socket that a pod other than the named one serves."""

    def elsewhere() -> list[Joined]:
        joined = join(room, who)
        if joined.pod == pod:
            joined.connection.close()
            return []
        return [joined]

    (found,) = wait_until(elsewhere, 60, f"a pod other than {pod} serves a socket")
    return found


def test_two_pods_show_one_room(join: Join, room: str, ann: Account, bob: Account) -> None:
    here = join(room, ann)
    there = on_another_pod(join, room, bob, here.pod)
    for sender, receiver, who in ((here, there, ann), (there, here, bob)):
        number = sender.say(f"from {who.name}")
        message = receiver.next("message")
        assert (message["id"], message["text"], message["room"]) == (number, f"from {who.name}", room)
        assert message["from"] == {"id": str(who.number), "name": who.name}
        assert sender.next("message")["id"] == number


def test_what_was_missed_comes_first_and_once(join: Join, room: str, ann: Account, bob: Account) -> None:
    here, gone = join(room, ann), join(room, bob)
    last = here.say("seen")
    assert gone.next("message")["id"] == last
    gone.connection.close()
    missed = [here.say(f"missed {number}") for number in range(5)]
    back = join(room, bob, last)
    live = here.say("live")
    assert [back.next("message")["id"] for _ in range(6)] == [*missed, live]


def test_a_message_sent_twice_is_delivered_once(join: Join, room: str, ann: Account, bob: Account) -> None:
    here = join(room, ann)
    there = on_another_pod(join, room, ann, here.pod)
    watching, ref = join(room, bob), uuid.uuid4().hex
    number = here.say("once", ref)
    assert there.say("once", ref) == number
    last = here.say("last")
    assert [watching.next("message")["id"] for _ in range(2)] == [number, last]


def make_and_remove(client: httpx.Client) -> str:
    """Three changes of one item, and its number."""
    item = client.post(ITEMS, json={"name": "watched", "price": 1}).json()
    client.patch(f"{ITEMS}/{item['id']}", json={"price": 2})
    client.delete(f"{ITEMS}/{item['id']}")
    return str(item["id"])


def test_a_changed_item_appears_to_its_owner_alone(join: Join, http: httpx.Client, ann: Account, bob: Account) -> None:
    sockets = [join("items", who) for who in (ann, bob)]
    expected = []
    for who in (ann, bob):
        http.headers.update(who.authorization)
        number = make_and_remove(http)
        expected.append([(action, number) for action in ("created", "updated", "deleted")])
    seen = [[socket.next("item") for _ in range(3)] for socket in sockets]
    assert [[(frame["action"], str(frame["item"]["id"])) for frame in frames] for frames in seen] == expected


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer nobody"}, 401),
        ({"Origin": "https://elsewhere.example"}, 403),
    ],
    ids=["token", "origin"],
)
def test_who_may_not_enter_is_told_before_the_handshake(
    address: str, ann: Account, room: str, headers: dict[str, str], status: int
) -> None:
    url = f"ws{address.removeprefix('http')}/ws/rooms/{room}"
    with pytest.raises(InvalidStatus) as caught:
        connect(url, proxy=None, open_timeout=SECONDS, additional_headers={**ann.authorization, **headers})
    assert caught.value.response.status_code == status
