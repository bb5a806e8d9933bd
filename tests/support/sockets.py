"""A WebSocket that is none, for what the wire cannot be made to do at will."""

import asyncio
from typing import cast

from fastapi import WebSocket


class FakeSocket:
    """Remembers what it is sent; stalls or fails where it is told to."""

    def __init__(self, *, stalled: bool = False, error: Exception | None = None) -> None:
        self.sent: list[str] = []
        self.closed: tuple[int, str | None] | None = None
        self._stalled = stalled
        self._error = error

    @property
    def websocket(self) -> WebSocket:
        return cast("WebSocket", self)

    async def send_text(self, text: str) -> None:
        await self._hold()
        self.sent.append(text)

    async def close(self, code: int, reason: str | None = None) -> None:
        await self._hold()
        self.closed = (code, reason)

    async def _hold(self) -> None:
        if self._stalled:
            await asyncio.Event().wait()
        if self._error:
            raise self._error
