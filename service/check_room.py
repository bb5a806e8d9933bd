"""What one says in a room is told to whoever comes later: one pod wrote it to Redis, and another may have read it."""

import json
import secrets
from typing import Any
from urllib.parse import quote

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

SECONDS = 10
Frame = dict[str, Any]


class RoomCheckError(Exception):
    """A room does not do what it promises."""


def told_again(url: str, token: str) -> str:
    """Say something, leave, come back with the last id from before, and give the id under which it is told.

    Args:
        url: address of the release, http or https.
        token: of a user.

    Raises:
        RoomCheckError: the room is degraded, or does not tell what was said.
        OSError: there is no connection, or no answer in time.
    """
    room = f"ws{url.removeprefix('http')}/ws/rooms/check-{secrets.token_hex(8)}"
    try:
        with _joined(room, token) as socket:
            before = _next(socket, "welcome")
            if before["degraded"]:
                raise RoomCheckError("the room is degraded: Redis is configured and not used")
            socket.send(json.dumps({"type": "message", "text": "release check", "ref": "check"}))
            said = str(_next(socket, "ack", "error").get("id"))
        with _joined(f"{room}?last_id={quote(before['last_id'])}", token) as socket:
            told = str(_next(socket, "message", "gap").get("id"))
    except WebSocketException as error:
        raise RoomCheckError(f"{room} ended: {error}") from error
    if told != said:
        raise RoomCheckError(f"{room} told {told} instead of {said}")
    return told


def _joined(address: str, token: str) -> ClientConnection:
    headers = {"Authorization": f"Bearer {token}"}
    return connect(address, proxy=None, additional_headers=headers, open_timeout=SECONDS, close_timeout=SECONDS)


def _next(socket: ClientConnection, *kinds: str) -> Frame:
    """Give the next frame of these kinds."""
    while (frame := json.loads(socket.recv(timeout=SECONDS)))["type"] not in kinds:
        pass
    found: Frame = frame
    return found
