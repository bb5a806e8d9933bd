"""How much this client manages on this machine, measured before it is believed."""

import asyncio
import itertools
import resource
import time
from dataclasses import dataclass

from scripts.load.driver import Driver
from scripts.load.errors import LoadError, LoadRefusedError
from scripts.load.spec import LoadSpec
from scripts.load.target import Target
from scripts.load.traffic import Kind

SAFE_SHARE = 0.5
"""A load may ask for this share of the ceiling; above it the client's own queue would be part of the latencies."""

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
_WORKERS = 8
_SPARE_FILES = 100


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most requests per second that the client managed, at this share of kept connections."""

    requests_per_second: float
    kept_share: float

    @property
    def safe_rate(self) -> float:
        """The highest rate that may be asked for."""
        return self.requests_per_second * SAFE_SHARE


def measure_ceiling(kept_share: float = 0.5, seconds: float = 1.0) -> Ceiling:
    """Drive a trivial server as fast as it goes, with the code that a load runs.

    The server shares the event loop, so the figure is a lower bound: against a server elsewhere the client
    manages more. Must not be called from a running event loop.

    Raises:
        LoadError: Requests to the trivial server failed; nothing measured here would mean anything.
    """
    return asyncio.run(_measure(kept_share, seconds))


def refuse_beyond(spec: LoadSpec, ceiling: Ceiling) -> None:
    """Refuse a load that would measure the client instead of the service.

    Raises:
        LoadRefusedError: The rate is above the safe share of the ceiling, or more requests could be under way than this
            process may open files.
    """
    if spec.rate > ceiling.safe_rate:
        raise LoadRefusedError(
            f"A load of {spec.rate:g} requests/s is more than {SAFE_SHARE:.0%} of what the client manages on this "
            f"machine ({ceiling.requests_per_second:.0f} requests/s): ask for {ceiling.safe_rate:.0f} or less."
        )
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = int(spec.rate * spec.timeout) + spec.connections + _SPARE_FILES
    if files != resource.RLIM_INFINITY and needed > files:
        raise LoadRefusedError(
            f"A load of {spec.rate:g} requests/s with a timeout of {spec.timeout:g} s may hold {needed} sockets, "
            f"and this process may open {files} files: lower either, or raise the limit with `ulimit -n {needed}`."
        )


async def _measure(kept_share: float, seconds: float) -> Ceiling:
    server = await asyncio.get_running_loop().create_server(_TrivialServer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        driver = Driver(_trivial_load(port, kept_share, seconds))
        elapsed = await _saturate(driver, seconds)
    if driver.recorder.failures:
        first = driver.recorder.failures[0].detail
        raise LoadError(
            f"The client failed against its own server on 127.0.0.1:{port} ({first}): the machine is unfit."
        )
    return Ceiling(driver.recorder.requests / elapsed, kept_share)


async def _saturate(driver: Driver, seconds: float) -> float:
    indices = itertools.count()
    start = driver.recorder.begin()

    async def work() -> None:
        while (now := time.monotonic()) < start + seconds:
            await driver.send(next(indices), now)

    async with asyncio.TaskGroup() as group:
        for _ in range(_WORKERS):
            group.create_task(work())
    driver.connections.close()
    return time.monotonic() - start


def _trivial_load(port: int, kept_share: float, seconds: float) -> LoadSpec:
    kind = Kind("trivial", "GET", "/", 1, frozenset({200}))
    target = Target.of(f"http://127.0.0.1:{port}")
    return LoadSpec(target=target, rate=1, seconds=seconds, traffic=(kind,), kept_share=kept_share)


class _TrivialServer(asyncio.Protocol):
    """Answers each request without a body with the same bytes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if isinstance(self._transport, asyncio.Transport):
            self._transport.write(_ANSWER * data.count(b"\r\n\r\n"))
            if b"Connection: close" in data:
                self._transport.close()
