import asyncio
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from service.platform.body import BodyTimeLayer

SCOPE = {"type": "http", "headers": [(b"content-length", b"2")]}


class Client:
    """Sends these messages, and then, after a while, that it is gone."""

    def __init__(self, *messages: Message) -> None:
        self._messages = [*messages]

    async def __call__(self) -> Message:
        if self._messages:
            return self._messages.pop(0)
        await asyncio.sleep(0.2)
        return {"type": "http.disconnect"}


async def received(client: Client, times: int) -> list[str]:
    """What an app is told that asks so often, with 50 ms for a body."""
    kinds: list[str] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        kinds.extend([(await receive())["type"] for _ in range(times)])

    async def send(_message: Any) -> None:
        raise AssertionError

    await BodyTimeLayer(app, 0.05)(SCOPE, client, send)
    return kinds


async def test_half_a_body_is_not_waited_for() -> None:
    with pytest.raises(HTTPException) as late:
        await received(Client({"type": "http.request", "body": b"x", "more_body": True}), 2)
    assert late.value.status_code == 408


async def test_a_body_that_is_there_puts_no_bound_on_the_answer() -> None:
    kinds = await received(Client({"type": "http.request", "body": b"xy"}), 2)
    assert kinds == ["http.request", "http.disconnect"]
