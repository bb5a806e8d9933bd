"""G34: what strangers can do to the metrics."""

import asyncio
import random
from collections.abc import Iterator

import httpx

from scripts.load.connection import Connection
from scripts.load.failures import ExchangeError
from scripts.load.target import Target
from tests.behaviour import budgets
from tests.behaviour.figures import Figure
from tests.behaviour.stand import Stand

REQUESTS = 10_000
CLIENTS = 20
PATIENCE_SECONDS = 5
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "LINK", "X{}")
PATHS = (
    "/items/{}/",
    "/{}",
    "/api/v1/items/{}/",
    "/api/v2/items/{}",
    "/api/v{}/items",
    "/api/items/{}",
    "/api/v1/compute/{}",
    "/ws/rooms/{}",
    "/%2e%2e/{}",
    "//{}//",
    "/health/{}",
)
FIELDS = ("API-Version: {}", "Accept: application/vnd.slipway.v{}+json", "Host: {}.example.org", "X-Request-ID: {}")


def attacks(count: int, seed: int = 34) -> list[bytes]:
    """Requests with made-up paths, methods, trailing slashes, versions and hosts."""
    dice = random.Random(seed)  # noqa: S311 - not a secret
    return [_attack(dice) for _ in range(count)]


def _attack(dice: random.Random) -> bytes:
    number = dice.randrange(10**9)
    method, path, field = (dice.choice(kind).format(number) for kind in (METHODS, PATHS, FIELDS))
    host = "" if field.startswith("Host") else "Host: x\r\n"
    return f"{method} {path} HTTP/1.1\r\n{host}{field}\r\nContent-Length: 0\r\n\r\n".encode()


async def send(address: str, requests: list[bytes]) -> None:
    """Send them all, whatever the answers."""
    waiting, target = iter(requests), Target.of(address)

    async def attack() -> None:
        for request in waiting:
            connection = await Connection.open(target)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await connection.exchange(request)
            except (ExchangeError, TimeoutError):
                pass
            finally:
                connection.abort()

    await asyncio.gather(*(attack() for _ in range(CLIENTS)))


def lines(address: str, metrics: str, count: int = REQUESTS) -> int:
    """How many /metrics has after the requests."""
    asyncio.run(send(address, attacks(count)))
    return len(httpx.get(f"{metrics}/metrics", timeout=60).text.splitlines())


def measure(stand: Stand) -> Iterator[Figure]:
    with stand.serving() as server:
        ours = lines(server.public, server.admin)
    with stand.naive("guide") as naive:
        usual = lines(naive.address, naive.address)
    yield Figure(budgets.METRICS_LINES, ours, f"{usual:,}")
