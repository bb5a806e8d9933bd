"""What speaks and listens in a room while its pods are replaced; nothing of the service's own code, so that nothing is
believed twice."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

Frame = dict[str, Any]
# Before a client comes back, as a browser would wait; messages go on meanwhile, and must not be missed.
PAUSE = 0.25
ANSWER_SECONDS = 10.0


class LostError(Exception):
    """The connection ended, or never began; the client has to come back."""


@dataclass(frozen=True)
class Heard:
    """A message as a listener was told it, and when."""

    number: str
    text: str
    at: float


@dataclass
class Member:
    """A socket in the room, opened anew whenever it ends.

    Attributes:
        url: Of the room, as ws://…
        token: Whose it is.
        last_id: Of the last event it was told.
        connections: How often it was connected.
        endings: Close codes, and the names of errors where there was none.
    """

    url: str
    token: str
    last_id: str = ""
    connections: int = 0
    endings: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def connected(self, last_id: str) -> AsyncIterator[ClientConnection]:
        """Connect once.

        Raises:
            LostError: The connection ended within the block, or there was none.
        """
        url = f"{self.url}?last_id={quote(last_id)}" if last_id else self.url
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with connect(url, proxy=None, additional_headers=headers, open_timeout=ANSWER_SECONDS) as socket:
                self.connections += 1
                yield socket
        except ConnectionClosed as error:
            self.endings[str(error.rcvd.code) if error.rcvd else "cut"] += 1
            raise LostError from None
        except (WebSocketException, OSError, EOFError) as error:
            self.endings[type(error).__name__] += 1
            raise LostError from None


@dataclass
class Listener(Member):
    """Hears every message; with `resume` off it comes back as if it had never been there: the negative control."""

    resume: bool = True
    heard: list[Heard] = field(default_factory=list)
    gaps: int = 0
    present: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Listen until it is cancelled."""
        while True:
            try:
                async with self.connected(self.last_id if self.resume else "") as socket:
                    while True:
                        self._take(json.loads(await socket.recv()))
            except LostError:
                await asyncio.sleep(PAUSE)

    def _take(self, frame: Frame) -> None:
        if frame["type"] == "welcome":
            self.last_id = self.last_id or frame["last_id"]
            self.present.set()
        elif frame["type"] == "gap":
            self.gaps += 1
        elif "id" in frame:
            self.last_id = frame["id"]
        if frame["type"] == "message":
            self.heard.append(Heard(frame["id"], frame["text"], time.monotonic()))


@dataclass
class Speaker(Member):
    """Says numbered messages at a fixed rate; each is said again, under the same reference, until it is acknowledged.

    Attributes:
        name: Begins each of its messages.
        rate: Messages a second.
        due: Of each text, when it was to be said.
        acknowledged: Of each text, its id.
        refusals: Codes of errors that it was told.
    """

    name: str = ""
    rate: float = 10.0
    due: dict[str, float] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)

    async def speak(self, enough: asyncio.Event) -> None:
        """Speak until there is enough; what is due is said then, too."""
        start = time.monotonic()
        while self._has_more(enough):
            try:
                async with self.connected("") as socket:
                    await self._speak(socket, start, enough)
            except LostError:
                await asyncio.sleep(PAUSE)

    async def _speak(self, socket: ClientConnection, start: float, enough: asyncio.Event) -> None:
        """Say one after the other, the next only when the last is acknowledged: so their order is certain."""
        while self._has_more(enough):
            number = len(self.acknowledged)
            due = start + number / self.rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            text = f"{self.name} {number}"
            self.due.setdefault(text, due)
            await socket.send(json.dumps({"type": "message", "text": text, "ref": text}))
            await self._answer(socket, text)

    def _has_more(self, enough: asyncio.Event) -> bool:
        return not enough.is_set() or len(self.acknowledged) < len(self.due)

    async def _answer(self, socket: ClientConnection, text: str) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            while text not in self.acknowledged:
                frame = json.loads(await socket.recv())
                if frame.get("ref") != text:
                    continue
                if frame["type"] == "ack":
                    self.acknowledged[text] = frame["id"]
                    return
                self.refusals[frame["code"]] += 1
                await asyncio.sleep(PAUSE)
                return
