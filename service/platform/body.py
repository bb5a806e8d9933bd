"""Bodies that do not arrive: a client that sends a byte a minute must not hold a request for ever."""

import asyncio
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANNOUNCE_A_BODY = frozenset({b"content-length", b"transfer-encoding"})


class BodyTimeLayer:
    """Bound the time in which a whole body must have arrived; after it 408, and the connection closes.

    Args:
        app: what is inside.
        seconds: from the head of the request to the end of its body.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; reading the body raises where it takes too long."""
        if scope["type"] == "http" and any(name in ANNOUNCE_A_BODY for name, _ in scope["headers"]):
            receive = self._in_time(receive)
        await self.app(scope, receive, send)

    def _in_time(self, receive: Receive) -> Receive:
        deadline = asyncio.get_running_loop().time() + self.seconds
        complete = False

        async def receive_in_time() -> Message:
            nonlocal complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                detail = f"The body did not arrive within {self.seconds:g} s."
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, detail) from None
            complete = not message.get("more_body", False)
            return message

        return receive_in_time
