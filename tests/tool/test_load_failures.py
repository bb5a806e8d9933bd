"""Each way in which a server can let a request down is told apart, and no request is ever sent twice."""

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from scripts.load import Ceiling, FailureClass, Kind, LoadResult, LoadSpec, Target, run_load

OK = b"HTTP/1.1 200 OK\r\nX-Served-By: pod-a\r\nContent-Length: 2\r\n\r\nok"
LONG = b"HTTP/1.1 200 OK\r\nX-Served-By: pod-a\r\nContent-Length: 500\r\n\r\nthe first part"
AMPLE = Ceiling(requests_per_second=100_000, kept_share=0.5)
PING = Kind("ping", "GET", "/ping", 1, frozenset({200}))

Behaviour = Callable[[asyncio.StreamWriter, int], Awaitable[bool]]


@dataclass
class Server:
    """Hands each request to `behave(writer, n-th of its connection)`, which tells whether to read another."""

    behave: Behaviour
    port: int = 0
    connections: int = 0
    heads: list[bytes] = field(default_factory=list)

    async def serve(self, ready: "Future[Callable[[], object]]") -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(self.handle, "127.0.0.1", 0) as listener:
            self.port = listener.sockets[0].getsockname()[1]
            ready.set_result(lambda: loop.call_soon_threadsafe(done.set))
            await done.wait()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number, more = 0, True
        # A cancelled handler has nothing to clean up; the stream protocol would log the cancellation as an error.
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError), closing(writer):
            while more:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                number += 1
                more = await self.behave(writer, number)

    @property
    def request_ids(self) -> list[bytes]:
        lines = [line for head in self.heads for line in head.split(b"\r\n")]
        return [line for line in lines if line.startswith(b"X-Request-ID")]


@contextmanager
def serving(behave: Behaviour) -> Iterator[Server]:
    server = Server(behave)
    ready: Future[Callable[[], object]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(ready)))
    thread.start()
    stop = ready.result(10)
    try:
        yield server
    finally:
        stop()
        thread.join(10)


def load(port: int, *, requests: int = 12, kept: float = 0.5, kind: Kind = PING, timeout: float = 3) -> LoadResult:
    target = Target.of(f"http://127.0.0.1:{port}")
    spec = LoadSpec(
        target=target, rate=200, seconds=10, requests=requests, traffic=(kind,), kept_share=kept, timeout=timeout
    )
    return run_load(spec, AMPLE)


def assert_sent_once(server: Server, result: LoadResult) -> None:
    assert len(server.request_ids) == result.requests
    assert len(set(server.request_ids)) == result.requests


def assert_all(result: LoadResult, error: FailureClass) -> None:
    assert result.failures_by_class == {error: result.requests}
    assert len(result.failures) == result.requests
    assert sum(second.failed for second in result.timeline) == result.requests


def reset(writer: asyncio.StreamWriter) -> None:
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


def writes(data: bytes, *, more: bool) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter, _: int) -> bool:
        writer.write(data)
        await writer.drain()
        return more

    return behave


def test_kept_connections_are_reused_and_new_ones_are_not() -> None:
    with serving(writes(OK, more=True)) as server:
        result = load(server.port, requests=80)
    assert not result.failures
    assert result.kept == 40
    assert result.connections == server.connections == 40 + 16
    assert sum(b"Connection: close" in head for head in server.heads) == 40
    assert result.served_by == {"pod-a": 80}
    assert_sent_once(server, result)


def test_a_connection_closed_while_idle_is_simply_not_reused() -> None:
    with serving(writes(OK, more=False)) as server:
        result = load(server.port, requests=40, kept=1)
    assert not result.failures
    assert server.connections == 40
    assert_sent_once(server, result)


def test_connection_close_is_honoured() -> None:
    answer = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    # The server reads on: only the client can have ended these connections.
    with serving(writes(answer, more=True)) as server:
        result = load(server.port, requests=40, kept=1)
    assert not result.failures
    assert server.connections == 40
    assert_sent_once(server, result)


def test_bytes_that_nobody_asked_for_end_the_use_of_a_connection() -> None:
    with serving(writes(OK + b"HTTP/1.1 408 Request Timeout\r\n\r\n", more=True)) as server:
        result = load(server.port, requests=40, kept=1)
    assert not result.failures
    assert server.connections == 40


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 103 Early Hints\r\nX-Served-By: proxy\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nX-Served-By: pod-a\r\n\r\nuntil the connection ends",
        b"HTTP/1.1 200 OK\r\nX-Served-By: pod-a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nX-Served-By: pod-a\r\n\r\nold",
    ],
    ids=["interim", "close-delimited", "chunked", "http10"],
)
def test_every_framing_of_a_response_is_understood(answer: bytes) -> None:
    with serving(writes(answer, more=False)) as server:
        result = load(server.port)
    assert not result.failures
    assert result.served_by == {"pod-a": 12}
    assert_sent_once(server, result)


def test_a_kept_connection_that_dies_after_the_request_was_sent_is_a_failure() -> None:
    async def once(writer: asyncio.StreamWriter, number: int) -> bool:
        if number == 1:
            writer.write(OK)
        return number == 1

    with serving(once) as server:
        result = load(server.port, requests=48, kept=1)
    assert result.failures_by_class == {FailureClass.CLOSED: 16}
    assert {failure.connection for failure in result.failures} == {"kept"}
    assert_sent_once(server, result)


@pytest.mark.parametrize("kept", [0.0, 1.0])
def test_closed_before_the_answer(kept: float) -> None:
    with serving(writes(b"", more=False)) as server:
        result = load(server.port, kept=kept)
    assert_all(result, FailureClass.CLOSED)
    assert_sent_once(server, result)


def test_reset_before_the_answer() -> None:
    async def behave(writer: asyncio.StreamWriter, _: int) -> bool:
        reset(writer)
        return False

    with serving(behave) as server:
        result = load(server.port)
    assert_all(result, FailureClass.RESET)
    assert result.failures[0].status is None
    assert_sent_once(server, result)


@pytest.mark.parametrize("by_reset", [False, True], ids=["closed", "reset"])
def test_an_answer_that_breaks_off(by_reset: bool) -> None:  # noqa: FBT001 - a parameter of the test
    async def behave(writer: asyncio.StreamWriter, _: int) -> bool:
        writer.write(LONG)
        await writer.drain()
        if by_reset:
            reset(writer)
        return False

    with serving(behave) as server:
        result = load(server.port)
    assert_all(result, FailureClass.TRUNCATED)
    first = result.failures[0]
    assert (first.status, first.served_by, first.body) == (200, "pod-a", "the first part")
    assert ("reset" in first.detail) is by_reset
    assert_sent_once(server, result)


@pytest.mark.parametrize("status", [500, 502])
def test_an_unexpected_status(status: int) -> None:
    body = b"x" * 300
    answer = f"HTTP/1.1 {status} Sorry\r\nX-Served-By: pod-b\r\nContent-Length: 300\r\n\r\n".encode() + body
    with serving(writes(answer, more=True)) as server:
        result = load(server.port)
    assert_all(result, FailureClass.STATUS)
    first = result.failures[0]
    assert (first.status, first.served_by, first.body) == (status, "pod-b", "x" * 200)
    assert (first.kind, first.method, first.path) == ("ping", "GET", "/ping")
    assert first.detail == f"status {status}, expected 200"
    assert f"X-Request-ID: {first.request_id}".encode() in server.request_ids
    assert {failure.connection for failure in result.failures} == {"kept", "new"}
    assert result.served_by == {"pod-b": 12}
    assert_sent_once(server, result)


@pytest.mark.parametrize(("sent", "detail"), [(b"", "no answer"), (LONG, "answer incomplete")])
def test_a_server_that_hangs(sent: bytes, detail: str) -> None:
    with serving(writes(sent, more=True)) as server:
        result = load(server.port, timeout=0.4)
    assert_all(result, FailureClass.TIMEOUT)
    assert {failure.detail for failure in result.failures} == {f"{detail} after 0.4 s"}
    assert all(failure.took >= 0.4 for failure in result.failures)
    assert result.latency.max == 0
    assert_sent_once(server, result)


def test_a_server_that_does_not_accept() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(address)
        result = load(address[1], requests=5, timeout=0.4)
        for each in waiting:
            each.close()
    assert_all(result, FailureClass.TIMEOUT)
    assert {failure.detail for failure in result.failures} == {"not connected after 0.4 s"}


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result = load(port)
    assert_all(result, FailureClass.CONNECT)
    assert "refused" in result.failures[0].detail.lower()


def test_a_client_out_of_files_does_not_blame_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    async def exhausted(*_: object) -> None:
        raise OSError(24, "Too many open files")

    with serving(writes(OK, more=True)) as server:
        monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", exhausted)
        result = load(server.port)
    assert_all(result, FailureClass.CLIENT)


def test_an_answer_that_is_not_http() -> None:
    with serving(writes(b"SSH-2.0-OpenSSH\r\n\r\n", more=True)) as server:
        result = load(server.port)
    assert_all(result, FailureClass.MALFORMED)
    assert_sent_once(server, result)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"no", b'{"id": null}'])
def test_a_creation_that_names_no_id(body: bytes) -> None:
    create = Kind("create", "POST", "/items", 1, frozenset({201}))
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with serving(writes(answer, more=True)) as server:
        result = load(server.port, kind=create)
    assert_all(result, FailureClass.MALFORMED)
    assert result.writes.created == ()
    assert len(result.failed_writes) == 12
