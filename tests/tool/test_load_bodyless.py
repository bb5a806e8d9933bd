"""An answer that has no body is complete after its head, whatever length it states (RFC 9112, 6.3)."""

import asyncio

import pytest

from scripts.load import Target
from scripts.load.connection import Connection
from scripts.load.response import ResponseReader

STATED = b"HTTP/1.1 %s\r\nContent-Length: 500\r\n\r\n"


def request(method: str) -> bytes:
    return f"{method} / HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("status", "head"), [(b"200 OK", True), (b"304 Not Modified", False), (b"204 No Content", False)]
)
def test_it_is_complete_after_its_head(status: bytes, head: bool) -> None:  # noqa: FBT001 - a parameter of the test
    reader = ResponseReader(head=head)
    reader.feed(STATED % status)
    assert reader.answer
    assert (reader.answer.status, reader.answer.body) == (int(status[:3]), b"")
    assert reader.keep_alive


def test_any_other_answer_is_waited_for() -> None:
    reader = ResponseReader()
    reader.feed(STATED % b"200 OK")
    assert reader.answer is None


@pytest.mark.parametrize("early", [True, False])
def test_a_body_that_comes_all_the_same_ends_the_use_of_its_connection(early: bool) -> None:  # noqa: FBT001 - as above
    reader = ResponseReader(head=True)
    for part in [STATED % b"200 OK" + b"body"] if early else [STATED % b"200 OK", b"body"]:
        reader.feed(part)
    assert reader.answer
    assert reader.answer.body == b""
    assert not reader.keep_alive


async def test_its_connection_carries_the_next_request() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for status in (b"200 OK", b"304 Not Modified", b"204 No Content"):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(STATED % status)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        connection = await Connection.open(Target.of(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
        async with asyncio.timeout(10):
            answers = [await connection.exchange(request(method)) for method in ("HEAD", "GET", "GET")]
        connection.abort()
    assert [answer.status for answer in answers] == [200, 304, 204]
