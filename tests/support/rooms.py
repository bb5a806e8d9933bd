"""A client of a room that says and hears plain frames."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]


class Peer:
    """One open socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.welcome: Frame = {}

    async def say(self, text: str, ref: str = "1", **more: Any) -> None:
        await self.socket.send(json.dumps({"type": "message", "text": text, "ref": ref, **more}))

    async def hear(self, *kinds: str) -> Frame:
        """The next frame, or the next one of these kinds."""
        while True:
            frame: Frame = json.loads(await self.socket.recv())
            if not kinds or frame["type"] in kinds:
                return frame

    async def texts(self, count: int) -> list[str]:
        return [(await self.hear("message"))["text"] for _ in range(count)]

    async def closing(self) -> tuple[int, str]:
        """How the server closes it, whatever it says before."""
        try:
            while True:
                await self.socket.recv()
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


@asynccontextmanager
async def opened(address: str, **options: Any) -> AsyncIterator[Peer]:
    """A socket as the address and the options say; nothing is heard yet."""
    async with connect(address, proxy=None, **options) as socket:
        yield Peer(socket)


@asynccontextmanager
async def in_room(base: str, room: str, token: str, *, last_id: str = "", **options: Any) -> AsyncIterator[Peer]:
    """A user's socket in the room, welcomed."""
    address = f"{base}/ws/rooms/{room}" + (f"?last_id={last_id}" if last_id else "")
    headers = {"Authorization": f"Bearer {token}"}
    async with opened(address, additional_headers=headers, **options) as peer:
        peer.welcome = await peer.hear("welcome")
        yield peer
