"""What the service's own layers cost a request in processor time, in this process: no server, no socket."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Scope

from tests.bench import apps

ROUNDS, REQUESTS = 9, 1000
HEADERS = [(b"host", b"127.0.0.1:8000"), (b"accept", b"*/*"), (b"accept-encoding", b"gzip, deflate")]


def scope_of(state: dict[str, object]) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": apps.PATH,
        "raw_path": apps.PATH.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": list(HEADERS),
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "state": dict(state),
    }


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(_message: Message) -> None:
    pass


async def microseconds(app: ASGIApp, state: dict[str, object]) -> float:
    begin = time.thread_time()
    for _ in range(REQUESTS):
        await app(scope_of(state), receive, send)
    return (time.thread_time() - begin) / REQUESTS * 1e6


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let standard output lead nowhere: lines are written, and their way on is not ours."""
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


@dataclass(frozen=True)
class Prices:
    """Microseconds a request: the best of several rounds, in which each had its turn."""

    bare: float
    unlayered: float
    ours: float

    @property
    def layers(self) -> float:
        return self.ours - self.unlayered


async def measure() -> Prices:
    service = apps.ours()
    best = [float("inf")] * 3
    async with service.router.lifespan_context(service) as state:
        candidates: tuple[ASGIApp, ...] = (apps.bare(), apps.unlayered(), service)
        for _ in range(ROUNDS):
            for index, app in enumerate(candidates):
                best[index] = min(best[index], await microseconds(app, dict(state or {})))
    return Prices(*best)


def run() -> Prices:
    with quiet():
        return asyncio.run(measure())
