"""A Redis or Valkey server of the tests' own, from what the machine has installed."""

import asyncio
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port

START_SECONDS = 20


def program() -> str | None:
    """The server's program."""
    return shutil.which("valkey-server") or shutil.which("redis-server")


@contextmanager
def redis_server(folder: Path, port: int = 0) -> Iterator[str]:
    """Run a server that keeps nothing, on a free port unless told which; the value is its address."""
    chosen = program()
    assert chosen is not None
    port = port or free_port()
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([chosen, *arguments], stdout=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"not ready within {START_SECONDS} s")


class Outages:
    """A server that can be ended and begun again at its address, empty unless it is told to keep what it holds."""

    def __init__(self, folder: Path, *, keeps: bool = False) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._options = ["--appendonly", "yes", "--appendfsync", "always"] if keeps else ["--save", ""]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        chosen = program()
        assert chosen is not None
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), *self._options]
        self._process = subprocess.Popen([chosen, *arguments], stdout=subprocess.DEVNULL)
        _wait(self._process, self.port)

    def end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def signal(self, number: signal.Signals) -> None:
        """Stop and continue it: a server that holds its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(number)


@contextmanager
def outages(folder: Path, *, keeps: bool = False) -> Iterator[Outages]:
    """Run such a server."""
    server = Outages(folder, keeps=keeps)
    server.begin()
    try:
        yield server
    finally:
        server.end()


@dataclass
class Hanging:
    """A server that takes connections and answers nothing.

    Attributes:
        asked: connections taken so far.
    """

    port: int = 0
    asked: int = 0


@asynccontextmanager
async def hanging() -> AsyncIterator[Hanging]:
    """Run such a server in this process; in the end it lets go of everybody."""
    state, ended = Hanging(), asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.asked += 1
        await ended.wait()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        state.port = server.sockets[0].getsockname()[1]
        try:
            yield state
        finally:
            ended.set()
