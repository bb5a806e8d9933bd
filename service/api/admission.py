"""Who may open a WebSocket: refused with an HTTP status while that can be said, later with a close code.

Browsers cannot set headers on a WebSocket, and tokens in addresses end up in logs and histories. So a token comes in
the Authorization header, as the subprotocol after `bearer`, or in the first message.
"""

import asyncio
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from fastapi import WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, ValidationError

from service.api.state import State
from service.domain.models import User
from service.domain.users import active
from service.platform.errors import ForbiddenError, UnauthorizedError, UnavailableError
from service.platform.identity import Identity

SCHEME = "bearer"
FIRST_MESSAGE_SECONDS = 5.0


class FirstMessage(BaseModel):
    """What a client that could not send its token otherwise says first."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["auth"]
    token: str
    last_id: str | None = None


@dataclass(frozen=True)
class Admitted:
    """Who holds a socket, and from where on they want to be told what happened."""

    identity: Identity
    user: User
    last_id: str | None


def refuse_early(websocket: WebSocket, state: State) -> None:
    """Refuse what no token could make good.

    Raises:
        UnavailableError: this process is about to end; another will take the socket.
        ForbiddenError: a page of another site tries to act for the user.
    """
    if state["sockets"].draining:
        raise UnavailableError("The service is restarting; connect again.")
    origin = websocket.headers.get("origin")
    known = state["settings"].cors_origins
    if origin and origin not in known and "*" not in known and urlsplit(origin).netloc != websocket.headers.get("host"):
        raise ForbiddenError("Pages of this origin may not open WebSockets here.")


def offered_token(websocket: WebSocket, state: State) -> str | None:
    """The token that came with the handshake.

    Raises:
        UnauthorizedError: it came in the address, which production does not take.
    """
    scheme, _, token = websocket.headers.get("authorization", "").partition(" ")
    if scheme.lower() == SCHEME:
        return token.strip()
    if SCHEME in websocket.scope["subprotocols"][:1]:
        return "".join(websocket.scope["subprotocols"][1:2])
    if "token" in websocket.query_params and state["settings"].production:
        raise UnauthorizedError("A token in the address ends up in logs; send it as header, subprotocol or message.")
    return websocket.query_params.get("token")


async def admit_early(websocket: WebSocket, state: State) -> Admitted | None:
    """Admit by what came with the handshake; None where that holds no token.

    Raises:
        UnauthorizedError: the token proves nobody.
    """
    token = offered_token(websocket, state)
    if token is None:
        return None
    last_id = websocket.query_params.get("last_id") or websocket.headers.get("last-event-id")
    return await _admitted(state, token, last_id)


async def admit_late(websocket: WebSocket, state: State) -> Admitted:
    """Admit by the first message.

    Raises:
        UnauthorizedError: it did not come in time or proves nobody.
        WebSocketDisconnect: the client left.
    """
    try:
        async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
            first = FirstMessage.model_validate_json(await _first_text(websocket))
    except TimeoutError:
        raise UnauthorizedError(f"No token came within {FIRST_MESSAGE_SECONDS:g} s.") from None
    except ValidationError:
        raise UnauthorizedError('The first message must be {"type": "auth", "token": ...}.') from None
    return await _admitted(state, first.token, first.last_id)


async def _first_text(websocket: WebSocket) -> str:
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])
    return message.get("text") or ""


async def _admitted(state: State, token: str, last_id: str | None) -> Admitted:
    identity = state["tokens"].verify(token)
    return Admitted(identity, await user_of(state, identity), last_id)


async def user_of(state: State, identity: Identity) -> User:
    """The user, looked up.

    Raises:
        UnauthorizedError: there is no such user, or it was deactivated.
        UnavailableError: the database does not answer.
    """
    return await state["database"].run(active, identity.number)


def subprotocol_of(websocket: WebSocket) -> str | None:
    """What the handshake must be answered with: a browser gives up where none of its offers is taken."""
    return SCHEME if SCHEME in websocket.scope["subprotocols"][:1] else None
