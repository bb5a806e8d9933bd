"""The applications of tests/naive as processes of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.support.server import ROOT, START_SECONDS


class NaiveServer:
    """A running application; `program` is uvicorn's module, or another server's with its options."""

    def __init__(self, module: str, folder: Path, program: tuple[str, ...], variables: dict[str, str]) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"{module}.log"
        bind = ("--port", str(self.port)) if program == ("uvicorn",) else ("--bind", f"127.0.0.1:{self.port}")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *program, *bind, f"tests.naive.{module}:app"],
                cwd=ROOT,
                env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"not ready within {START_SECONDS} s")


@contextmanager
def naive(
    module: str, folder: Path, *, program: tuple[str, ...] = ("uvicorn",), **variables: str
) -> Iterator[NaiveServer]:
    """Run one until the block ends."""
    server = NaiveServer(module, folder, program, {name.upper(): value for name, value in variables.items()})
    try:
        server.wait()
        yield server
    finally:
        if server.process.poll() is None:
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()
