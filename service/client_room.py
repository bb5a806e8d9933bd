"""A client's side of a room: it stays open across restarts of the service, and nothing is lost or heard twice."""

import asyncio
import contextlib
import json
import random
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

Frame = Mapping[str, Any]
UNAUTHORIZED = 4401
FATAL_CODES = frozenset({1003, 1008, 1009})  # the service will not have us again as we are
LATER = frozenset({"unavailable", "too_fast"})  # said again, the message may be taken
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
READ_AHEAD = 1000  # events that wait for whoever iterates


class RoomError(Exception):
    """The room cannot be entered or held."""


class RefusedError(RoomError):
    """The service does not take a message.

    Attributes:
        code: invalid, too_long or forbidden.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class Owner(Protocol):
    """Whose room it is."""

    base_url: str
    token: str | None

    async def renew(self) -> bool:
        """Try to get a new token; False where none can ever be had."""


class Room:
    """Events to iterate over, and messages to send.

    Whoever does not iterate is not heard for long, either: after a thousand events that wait, reading pauses.

    Args:
        owner: has the token.
        name: of the room.
        last_id: the last event seen, to be told what came after; None for what happens from now on.

    Attributes:
        last_id: the last event that was iterated over.
        reconnects: how often the connection was made again.
    """

    def __init__(self, owner: Owner, name: str, last_id: str | None = None) -> None:
        self.last_id = last_id
        self.reconnects = -1
        self._owner = owner
        self._address = f"ws{owner.base_url.removeprefix('http')}/ws/rooms/{name}"
        self._heard = last_id
        self._events: asyncio.Queue[Frame | None] = asyncio.Queue(READ_AHEAD)
        self._unanswered: dict[str, tuple[str, asyncio.Future[str]]] = {}
        self._socket: ClientConnection | None = None
        self._entered = asyncio.Event()
        self._failure: Exception | None = None
        self._delayed: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Enter.

        Raises:
            RoomError: that is impossible.
        """
        self._running = asyncio.create_task(self._run())
        try:
            await self._entered.wait()
        except BaseException:
            await self._leave()
            raise
        if self._failure:
            raise self._failure
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._leave()

    async def _leave(self) -> None:
        for delayed in self._delayed:
            delayed.cancel()
        while not self._running.done():  # a cancellation may be swallowed once
            self._running.cancel()
            await asyncio.wait([self._running], timeout=0.2)
        for _, answer in self._unanswered.values():
            answer.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Frame:
        """The next event: message, joined, left, item, gap or state.

        Raises:
            RoomError: the room could not be held.
        """
        if self._failure and self._events.empty():
            raise self._failure
        event = await self._events.get()
        if event is None:
            raise self._failure or StopAsyncIteration
        self.last_id = _place_of(event) or self.last_id
        return event

    async def send(self, text: str, *, to: str | None = None, ref: str | None = None) -> str:
        """Say something, to all or to one user; the value is the event's id.

        It is said again until the service takes it, through restarts, too; the service tells it once.

        Raises:
            RefusedError: the service will never take it.
            RoomError: the room could not be held.
        """
        ref = ref or uuid.uuid4().hex
        said = {"type": "message", "text": text, "ref": ref} | ({"to": to} if to is not None else {})
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if self._failure:
            raise self._failure
        self._unanswered[ref] = json.dumps(said), answer
        try:
            await self._say(ref)
            return await answer
        finally:
            self._unanswered.pop(ref, None)

    async def _say(self, ref: str) -> None:
        """Say what is unanswered, where there is a connection; else it is said when there is."""
        with contextlib.suppress(ConnectionClosed):
            if self._socket and ref in self._unanswered:
                await self._socket.send(self._unanswered[ref][0])

    async def _run(self) -> None:
        try:
            await self._stay()
        except Exception as error:  # noqa: BLE001 - whatever it is, everyone who waits must hear of it
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._failure = error if isinstance(error, RoomError) else RoomError(f"the room was lost: {error!r}")
        for _, answer in self._unanswered.values():
            if not answer.done():
                answer.set_exception(self._failure)
        self._entered.set()
        with contextlib.suppress(asyncio.QueueFull):
            self._events.put_nowait(None)

    async def _stay(self) -> None:
        """Connect for ever, after pauses that grow and differ, so that not all clients come back at once."""
        failures = 0
        while True:
            before = self.reconnects
            try:
                await self._connect()
            except InvalidStatus as refused:
                await self._bear(refused.response.status_code, "the service refused the connection")
            except ConnectionClosed as closed:
                await self._bear(closed.rcvd.code if closed.rcvd else 1006, closed.rcvd.reason if closed.rcvd else "")
            except (OSError, TimeoutError, InvalidHandshake):
                pass
            self._socket = None
            failures = 1 if self.reconnects > before else failures + 1
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**failures)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311

    async def _bear(self, code: int, reason: str) -> None:
        """Return where another attempt may succeed.

        Raises:
            RoomError: none will.
        """
        if code in {UNAUTHORIZED, HTTPStatus.UNAUTHORIZED}:
            if not await self._owner.renew():
                raise RoomError("the access token is not valid any more, and no other can be had without a login")
        elif code in FATAL_CODES or code in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            raise RoomError(f"the room is closed to us ({code}): {reason}")

    async def _connect(self) -> None:
        """Hear the room until the connection ends."""
        address = self._address + (f"?last_id={self._heard}" if self._heard else "")
        identity = {"Authorization": f"Bearer {self._owner.token}"} if self._owner.token else {}
        async with connect(address, additional_headers=identity, max_size=None) as socket:
            await self._take(json.loads(await socket.recv()))
            self._socket = socket
            await self._say_again()
            while True:
                await self._take(json.loads(await socket.recv()))

    async def _say_again(self) -> None:
        for ref in list(self._unanswered):
            await self._say(ref)

    async def _take(self, frame: Frame) -> None:
        kind = frame["type"]
        if kind == "welcome":
            self.reconnects += 1
            self._heard = self._heard or frame["last_id"]
            self._entered.set()
        elif kind == "ack":
            self._answer(frame["ref"], frame["id"])
        elif kind == "error":
            self._refuse(frame)
        else:
            await self._pass_on(frame)

    async def _pass_on(self, event: Frame) -> None:
        await self._events.put(event)
        self._heard = _place_of(event) or self._heard
        if event["type"] == "state" and not event["degraded"]:
            await self._say_again()

    def _answer(self, ref: str, number: str) -> None:
        _, answer = self._unanswered.get(ref, (None, None))
        if answer and not answer.done():
            answer.set_result(number)

    def _refuse(self, frame: Frame) -> None:
        ref = frame.get("ref", "")
        _, answer = self._unanswered.get(ref, (None, None))
        if answer is None or answer.done():
            return
        if frame["code"] in LATER:
            delayed = asyncio.create_task(self._say_later(ref))
            self._delayed.add(delayed)
            delayed.add_done_callback(self._delayed.discard)
        else:
            answer.set_exception(RefusedError(frame["code"], frame["detail"]))

    async def _say_later(self, ref: str) -> None:
        await asyncio.sleep(random.uniform(0.5, 1))  # noqa: S311
        await self._say(ref)


def _place_of(event: Frame) -> str | None:
    place: str | None = event.get("id") or event.get("last_id")
    return place
