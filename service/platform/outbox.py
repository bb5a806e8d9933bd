"""What one WebSocket is still to be sent: a bounded queue and a bounded time for each frame.

A loop that awaits one client after the other stops at the first that does not read: twenty got 703 of 3,000 messages.
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar

from fastapi import WebSocket, WebSocketDisconnect, status

T = TypeVar("T")
CLOSE_SECONDS = 1.0
AT_ONCE = 64  # frames of one socket before the others have their turn


class CloseError(Exception):
    """The WebSocket is to be closed.

    Attributes:
        code: RFC 6455, 7.4; None where nobody is there any more to be told.
        reason: a sentence for the client.
    """

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Outbox(Generic[T]):
    """Entries that wait for their WebSocket.

    Args:
        websocket: where they go.
        size: entries that may wait; one more, and the socket is given up.
        stall_seconds: longest time one frame may take to leave.
    """

    def __init__(self, websocket: WebSocket, *, size: int, stall_seconds: float) -> None:
        self._websocket = websocket
        self._size = size
        self._stall_seconds = stall_seconds
        self._waiting: deque[T] = deque()
        self._awake = asyncio.Event()
        self._calm = asyncio.Event()
        self._calm.set()
        self._sent = 0
        self._ending: CloseError | None = None

    def put(self, entry: T) -> None:
        """Let the entry wait for its turn; never blocks, and an ended outbox takes nothing more."""
        if self._ending:
            return
        if len(self._waiting) >= self._size:
            self._waiting.clear()
            self.end(status.WS_1013_TRY_AGAIN_LATER, "too slow to be kept up to date, reconnect")
            return
        self._waiting.append(entry)
        self._awake.set()
        if len(self._waiting) > self._size // 2:
            self._calm.clear()

    def end(self, code: int, reason: str) -> None:
        """Close the socket once what waits has left."""
        self._ending = self._ending or CloseError(code, reason)
        self._awake.set()

    async def next(self) -> T:
        """The entry whose turn it is.

        Raises:
            CloseError: none is left and none will come.
        """
        while not self._waiting:
            if self._ending:
                raise self._ending
            self._awake.clear()
            await self._awake.wait()
        entry = self._waiting.popleft()
        if len(self._waiting) <= self._size // 2:
            self._calm.set()
        return entry

    async def calm(self) -> None:
        """Return once it is half empty: whoever does not read their answers must not ask for more."""
        await self._calm.wait()

    async def send(self, text: str) -> None:
        """Send a frame.

        Raises:
            CloseError: it did not leave in time, or the client is gone.
        """
        try:
            async with asyncio.timeout(self._stall_seconds):
                await self._websocket.send_text(text)
        except TimeoutError:
            raise CloseError(status.WS_1013_TRY_AGAIN_LATER, "nothing was read for too long, reconnect") from None
        except (WebSocketDisconnect, RuntimeError):
            raise CloseError(None, "the client is gone") from None
        self._sent += 1
        if self._sent % AT_ONCE == 0:
            await asyncio.sleep(0)  # a server with room in its buffer takes everything without ever yielding


async def close(websocket: WebSocket, code: int, reason: str) -> None:
    """Close; a peer that stopped reading would hold that for ever, and one that left has nothing to close."""
    with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
        async with asyncio.timeout(CLOSE_SECONDS):
            await websocket.close(code, reason)
