"""A WebSocket's handshake says who answered it, as every answer does."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from service.platform.context import ContextLayer


@pytest.mark.parametrize("kind", ["websocket.accept", "websocket.http.response.start"])
async def test_a_handshake_carries_the_request_id_and_who_answered(kind: str) -> None:
    sent: list[Message] = []

    async def answers(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": kind, "headers": [(b"a", b"b")]})
        await send({"type": "websocket.send", "text": "hello"})

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    layer = ContextLayer(answers, silent=())
    await layer({"type": "websocket", "path": "/", "headers": [(b"x-request-id", b"mine")]}, receive, send)
    assert sent[0]["headers"] == [(b"a", b"b"), (b"x-request-id", b"mine"), layer.served_by]
    assert sent[1] == {"type": "websocket.send", "text": "hello"}
