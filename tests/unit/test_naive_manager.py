"""The manager of tutorials, and how it fails; kept to compare with `test_hub`, where the same happens to ours."""

import asyncio

import pytest
from fastapi import WebSocketDisconnect

from tests.naive.manager import ConnectionManager
from tests.support.sockets import FakeSocket


async def test_a_client_that_does_not_read_stops_the_broadcast_to_all_behind_it() -> None:
    manager, behind = ConnectionManager(), FakeSocket()
    manager.active_connections = [FakeSocket(stalled=True).websocket, behind.websocket]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await manager.broadcast("hello")
    assert behind.sent == []


async def test_a_client_that_is_gone_keeps_the_broadcast_from_all_behind_it() -> None:
    manager, behind = ConnectionManager(), FakeSocket()
    manager.active_connections = [FakeSocket(error=WebSocketDisconnect(1006)).websocket, behind.websocket]
    with pytest.raises(WebSocketDisconnect):
        await manager.broadcast("hello")
    assert behind.sent == []
