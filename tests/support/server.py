"""The real server as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 40
END_SECONDS = 5


def environment(folder: Path, settings: Mapping[str, object], code: Path = ROOT) -> dict[str, str]:
    """This process' environment without its own SLIPWAY_ settings, and with those of the test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLIPWAY_")}
    named = {f"SLIPWAY_{name.upper()}": str(value) for name, value in settings.items()}
    return {
        **kept,
        "PYTHONPATH": f"{code}{os.pathsep}{ROOT}",
        "SLIPWAY_DATABASE_URL": f"sqlite:///{folder}/service.db",
        **named,
    }


def run_service(folder: Path, *words: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a subcommand to its end."""
    command = [sys.executable, "-m", "service", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(folder, settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Server:
    """A running service."""

    def __init__(
        self, folder: Path, code: Path, settings: Mapping[str, object], program: Sequence[str] = ("service", "serve")
    ) -> None:
        self.public_port = int(str(settings.get("public_port") or free_port()))
        self.admin_port = free_port()
        self.public = f"http://127.0.0.1:{self.public_port}"
        self.admin = f"http://127.0.0.1:{self.admin_port}"
        self._log = (folder / "server.log").open("w+")
        ports = {"public_port": self.public_port, "admin_port": self.admin_port}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *program],
            cwd=folder,
            env=environment(folder, {**ports, **settings}, code),
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.output()
            try:
                if httpx.get(f"{self.admin}/health/ready").is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready within {START_SECONDS} s:\n{self.output()}")

    def terminate(self) -> float:
        """Send SIGTERM; the moment it was sent."""
        self.process.send_signal(signal.SIGTERM)
        return time.monotonic()

    def output(self) -> str:
        return Path(self._log.name).read_text()

    def events(self) -> list[dict[str, Any]]:
        """The log's events; every line must be one."""
        return [json.loads(line) for line in self.output().splitlines()]

    def close(self) -> None:
        """End it without a drain; what does not obey is killed."""
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._log.close()


@contextmanager
def serving(
    folder: Path, *, code: Path = ROOT, program: Sequence[str] = ("service", "serve"), **settings: object
) -> Iterator[Server]:
    """Migrate, start, and wait until it is ready; `code` is the folder that holds the package, `program` runs it."""
    migrated = run_service(folder, "migrate", **settings)
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    server = Server(folder, code, settings, program)
    try:
        server.wait_ready()
        yield server
    finally:
        server.close()
