"""What a client says in a room, and what it is answered."""

import json
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import WebSocket, status
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.domain.models import User
from service.platform.background import heed_cancellation
from service.platform.errors import UnavailableError
from service.platform.hub import Subscriber
from service.platform.outbox import CloseError
from service.platform.pace import Pace

LONGEST_REF = 64


class Said(BaseModel):
    """A message from a client; `ref` names it, so that sending it again never tells it twice."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["message"]
    text: Annotated[str, Field(min_length=1)]
    ref: Annotated[str, Field(min_length=1, max_length=LONGEST_REF)]
    to: Annotated[str, Field(pattern=r"^[0-9]{1,10}$")] | None = None


@dataclass(frozen=True)
class Limits:
    """What one client may do in a room.

    Attributes:
        pace: how often it may speak.
        longest: of a text, in characters.
        writable: whether clients may speak here at all.
    """

    pace: Pace
    longest: int
    writable: bool


class Conversation:
    """One client's side of a room.

    Args:
        subscriber: the client's place in the room.
        room: the room as clients name it.
        user: who speaks.
        limits: what it may do.
    """

    def __init__(self, subscriber: Subscriber, room: str, user: User, limits: Limits) -> None:
        self.subscriber = subscriber
        self._hub = subscriber.hub
        self._room = room
        self._limits = limits
        self._speaker = {"id": str(user.id), "name": user.name}

    def welcome(self) -> None:
        """Tell the client who and where it is, and from where on it will be told what happens."""
        values = {"room": self._room, "user": self._speaker, "last_id": self.subscriber.last_id}
        # The handshake says who serves as well, which a page cannot read.
        self.subscriber.tell("welcome", **values, served_by=socket.gethostname(), degraded=self._hub.degraded)

    async def listen(self, websocket: WebSocket) -> None:
        """Take what the client says until it leaves or must.

        Raises:
            CloseError: always, in the end.
        """
        if self._sockets == 1:
            await self._announce("joined")
        while True:
            heed_cancellation()
            await self.subscriber.outbox.calm()
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise CloseError(None, "the client is gone")
            self._hub.metrics.frames_received.inc()
            if message.get("text") is None:
                raise CloseError(status.WS_1003_UNSUPPORTED_DATA, "only text is understood")
            await self._take(message["text"])

    async def leave(self) -> None:
        """Tell the room, unless another socket of the user is still there."""
        if not self._sockets:
            await self._announce("left")

    @property
    def _sockets(self) -> int:
        return self._hub.count(self.subscriber.room, self.subscriber.user)

    async def _announce(self, kind: Literal["joined", "left"]) -> None:
        if self._limits.writable:
            with suppress(UnavailableError):  # nobody hears of it while the bus is away
                await self._hub.publish(self.subscriber.room, {"type": kind, "room": self._room, "user": self._speaker})

    async def _take(self, text: str) -> None:
        if not self._limits.pace.allows(time.monotonic()):
            if self._limits.pace.exhausted:
                raise CloseError(status.WS_1008_POLICY_VIOLATION, "far too many messages")
            self._refuse("too_fast", "Too many messages; say this again in a moment.", _ref_of(text))
            return
        try:
            said = Said.model_validate_json(text)
        except ValidationError:
            self._refuse("invalid", 'A message is {"type": "message", "text": ..., "ref": ...}.', _ref_of(text))
            return
        await self._say(said)

    async def _say(self, said: Said) -> None:
        if not self._limits.writable:
            self._refuse("forbidden", "Nobody can write here.", said.ref)
        elif len(said.text) > self._limits.longest:
            self._refuse("too_long", f"A text has {self._limits.longest} characters at most.", said.ref)
        else:
            await self._publish(said)

    async def _publish(self, said: Said) -> None:
        """Acknowledge what the bus took: from then on it is told to all, whatever becomes of this process."""
        me = self._speaker["id"]
        sent_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        body = {"type": "message", "room": self._room, "from": self._speaker, "text": said.text, "sent_at": sent_at}
        only: tuple[str, ...] = ()
        if said.to is not None:
            body["to"] = said.to
            only = (said.to, me)
        try:
            number = await self._hub.publish(self.subscriber.room, body, key=f"{me}:{said.ref}", only=only)
        except UnavailableError as error:
            self._refuse("unavailable", str(error), said.ref)
            return
        self.subscriber.tell("ack", ref=said.ref, id=number)

    def _refuse(self, code: str, detail: str, ref: str | None) -> None:
        self.subscriber.tell("error", code=code, detail=detail, **({"ref": ref} if ref is not None else {}))


def _ref_of(text: str) -> str | None:
    """The reference in a refused message, where it can be read."""
    try:
        ref = json.loads(text)["ref"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return ref if isinstance(ref, str) and len(ref) <= LONGEST_REF else None
