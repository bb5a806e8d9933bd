"""A WebSocket through the Ingress."""

from collections.abc import Iterator

import pytest
from websockets.sync.client import ClientConnection, connect

TEXTS = ["hello", "", "κύμα ☸", "x" * 64 * 1024]


@pytest.fixture
def socket(address: str) -> Iterator[ClientConnection]:
    url = f"ws{address.removeprefix('http')}/ws/echo"
    with connect(url, proxy=None, open_timeout=10, close_timeout=5) as connection:
        yield connection


@pytest.mark.parametrize("text", TEXTS, ids=["ascii", "empty", "unicode", "64 KiB"])
def test_a_text_comes_back(socket: ClientConnection, text: str) -> None:
    socket.send(text)
    assert socket.recv(timeout=10) == text


def test_many_texts_come_back_in_order(socket: ClientConnection) -> None:
    texts = [f"message {number}" for number in range(50)]
    for text in texts:
        socket.send(text)
    assert [socket.recv(timeout=10) for _ in texts] == texts


def test_a_close_is_answered(socket: ClientConnection) -> None:
    socket.send("last words")
    assert socket.recv(timeout=10) == "last words"
    socket.close(code=1000, reason="done")
    assert socket.close_code == 1000
    assert socket.protocol.close_rcvd is not None
    assert socket.protocol.close_rcvd.code == 1000
