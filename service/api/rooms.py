"""Rooms over WebSockets: messages to all or to one, who joined and left, and what was missed meanwhile."""

import asyncio
import re
import time
from collections.abc import Coroutine
from contextlib import AbstractContextManager, ExitStack, suppress
from http import HTTPStatus

from fastapi import APIRouter, WebSocket, WebSocketDisconnect, status

from service.api.admission import Admitted, admit_early, admit_late, refuse_early, subprotocol_of, user_of
from service.api.conversation import Conversation, Limits
from service.api.state import State, StateDep
from service.platform.errors import NotFoundError, ServiceError, UnauthorizedError, UnavailableError
from service.platform.hub import Entry, Subscriber
from service.platform.outbox import CloseError, Outbox, close
from service.platform.pace import Pace
from service.settings import rate_of

router = APIRouter()
ROOM = re.compile(r"[a-z0-9-]{1,64}")
ITEMS = "items"  # each user's own, and only the service speaks there
RECHECK_SECONDS = 60.0  # a deactivated user is out after this at the latest
WS_4401_UNAUTHORIZED = 4401
WS_4429_TOO_MANY = 4429
CODES = {HTTPStatus.UNAUTHORIZED: WS_4401_UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS: WS_4429_TOO_MANY}


@router.websocket("/ws/rooms/{room}")
async def join(websocket: WebSocket, room: str, state: StateDep) -> None:
    """Hold a user's socket in the room; what can be refused with an HTTP status is."""
    if not ROOM.fullmatch(room):
        raise NotFoundError("A room's name is 1 to 64 of a-z, 0-9 and -.")
    refuse_early(websocket, state)
    admitted = await admit_early(websocket, state)
    if admitted is None:
        await websocket.accept()
        await _join_late(websocket, room, state)
        return
    with _counted(state, admitted):
        await websocket.accept(subprotocol_of(websocket))
        await _hold(websocket, room, state, admitted)


async def _join_late(websocket: WebSocket, room: str, state: State) -> None:
    """Join by the first message; a refusal is a close code by now."""
    with ExitStack() as stack, suppress(WebSocketDisconnect):
        try:
            admitted = await admit_late(websocket, state)
            stack.enter_context(_counted(state, admitted))
        except ServiceError as error:
            await close(websocket, CODES.get(error.status, status.WS_1013_TRY_AGAIN_LATER), str(error))
            return
        await _hold(websocket, room, state, admitted)


def _counted(state: State, admitted: Admitted) -> AbstractContextManager[None]:
    return state["sockets"].counted(str(admitted.user.id), state["settings"].sockets_per_user)


async def _hold(websocket: WebSocket, room: str, state: State, admitted: Admitted) -> None:
    """Serve the socket until it has to close, and close it."""
    settings, user = state["settings"], admitted.user
    outbox = Outbox[Entry](websocket, size=settings.socket_queue, stall_seconds=settings.socket_stall_seconds)
    place = f"{ITEMS}/{user.id}" if room == ITEMS else room
    subscriber = Subscriber(state["hub"], place, str(user.id), outbox, admitted.last_id)
    limits = Limits(Pace(rate_of(settings.socket_rate)), settings.socket_text_length, writable=room != ITEMS)
    conversation = Conversation(subscriber, room, user, limits)
    with state["sockets"].held(websocket, outbox.end):
        closing = await _serve(conversation, websocket, _watch(state, admitted))
    if closing.code == status.WS_1013_TRY_AGAIN_LATER:
        state["hub"].metrics.sockets_dropped.inc()
    if closing.code:
        await close(websocket, closing.code, closing.reason)


async def _serve(conversation: Conversation, websocket: WebSocket, watch: Coroutine[None, None, None]) -> CloseError:
    """Read, write and watch side by side; the first that ends ends all."""
    subscriber = conversation.subscriber
    conversation.welcome()
    try:
        with subscriber.hub.subscribed(subscriber):
            return await _first_end(subscriber.write(), conversation.listen(websocket), watch)
    finally:
        await conversation.leave()


async def _first_end(*sides: Coroutine[None, None, None]) -> CloseError:
    endings: list[CloseError] = []
    try:
        async with asyncio.TaskGroup() as group:
            for side in sides:
                group.create_task(side)
    except* CloseError as group_of_endings:
        endings.extend(error for error in group_of_endings.exceptions if isinstance(error, CloseError))
    return endings[0]


async def _watch(state: State, admitted: Admitted) -> None:
    """End the socket when its token expires or its user is deactivated.

    Raises:
        CloseError: always, in the end.
    """
    while (left := admitted.identity.expires_at - time.time()) > RECHECK_SECONDS:
        await asyncio.sleep(min(left - RECHECK_SECONDS, RECHECK_SECONDS))
        await _recheck(state, admitted)
    await asyncio.sleep(max(0.0, left))
    raise CloseError(WS_4401_UNAUTHORIZED, "the access token has expired, connect with a new one")


async def _recheck(state: State, admitted: Admitted) -> None:
    with suppress(UnavailableError):  # a database that is away for a moment throws nobody out
        try:
            await user_of(state, admitted.identity)
        except UnauthorizedError as error:
            raise CloseError(WS_4401_UNAUTHORIZED, str(error)) from None
