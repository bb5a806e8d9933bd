"""Requests per second of one worker over a socket; the three are asked in turn, so that the machine is alike to all."""

import contextlib
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.bench.apps import APPS, PATH
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
ROUNDS, SECONDS, CONNECTIONS = 5, 2, 32


@contextlib.contextmanager
def serving(name: str, folder: Path) -> Iterator[str]:
    """Its address; its lines go into a file of the folder."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.server", name, str(port)]
    with (folder / f"{name}.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}{PATH}"
            _wait(process, address)
            yield address
        finally:
            process.terminate()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        with contextlib.suppress(httpx.TransportError):
            assert httpx.get(address).json()["version"]
            return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


def rate(address: str) -> float:
    """Requests per second, all of them answered."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", address]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in told, told
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found, told
    return float(found[1])


def run(folder: Path) -> dict[str, float]:
    """The median rate of each; empty where wrk is not installed."""
    if not shutil.which("wrk"):
        return {}
    with contextlib.ExitStack() as stack:
        addresses = {name: stack.enter_context(serving(name, folder)) for name in APPS}
        rates: dict[str, list[float]] = {name: [] for name in APPS}
        for _ in range(ROUNDS):
            for name, address in addresses.items():
                rates[name].append(rate(address))
    return {name: statistics.median(found) for name, found in rates.items()}
