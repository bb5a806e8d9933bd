import asyncio
import time

import pytest
from fastapi import WebSocketDisconnect

from service.platform.outbox import CloseError, Outbox, close
from tests.support.sockets import FakeSocket


def outbox(socket: FakeSocket, size: int = 3, stall_seconds: float = 0.1) -> Outbox[str]:
    return Outbox(socket.websocket, size=size, stall_seconds=stall_seconds)


async def drain(box: Outbox[str]) -> CloseError:
    while True:
        try:
            await box.send(await box.next())
        except CloseError as closing:
            return closing


async def test_what_waits_leaves_in_order_before_the_socket_ends() -> None:
    socket = FakeSocket()
    box = outbox(socket)
    for text in "abc":
        box.put(text)
    box.end(1012, "restart")
    box.put("too late")
    assert (await drain(box)).code == 1012
    assert socket.sent == ["a", "b", "c"]


async def test_one_more_than_may_wait_ends_it_and_holds_nothing() -> None:
    box = outbox(FakeSocket())
    for text in "abcd":
        box.put(text)
    assert not box._waiting
    assert (await drain(box)).code == 1013


async def test_a_frame_that_does_not_leave_in_time_ends_it() -> None:
    box = outbox(FakeSocket(stalled=True))
    box.put("a")
    begin = time.monotonic()
    assert (await drain(box)).code == 1013
    assert time.monotonic() - begin < 30


@pytest.mark.parametrize("error", [WebSocketDisconnect(1006), RuntimeError("closed")])
async def test_a_client_that_is_gone_is_told_nothing(error: Exception) -> None:
    box = outbox(FakeSocket(error=error))
    box.put("a")
    assert (await drain(box)).code is None


async def test_a_writer_with_much_to_say_lets_others_have_their_turn() -> None:
    box = outbox(FakeSocket(), size=1000)
    for number in range(1000):
        box.put(str(number))
    box.end(1012, "restart")
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await drain(box)
    task.cancel()
    assert turns >= 10


async def test_whoever_is_half_behind_is_not_calm_until_that_has_left() -> None:
    box = outbox(FakeSocket(), size=4)
    for text in "abc":
        box.put(text)
    waiting = asyncio.create_task(box.calm())
    await asyncio.sleep(0)
    assert not waiting.done()
    await box.next()
    await asyncio.wait_for(waiting, 30)


async def test_closing_a_stalled_peer_takes_no_longer_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.platform.outbox.CLOSE_SECONDS", 0.05)
    socket = FakeSocket(stalled=True)
    await asyncio.wait_for(close(socket.websocket, 1013, "too slow"), 30)
    assert socket.closed is None
