"""G3: one of two servers stops under load, and the endpoint is removed a second after SIGTERM."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator

import httpx

from scripts.load.target import Target
from tests.behaviour import budgets
from tests.behaviour.figures import Figure
from tests.behaviour.load import Tally, closed_loop, get
from tests.behaviour.stand import Stand
from tests.support.server import Server

REMOVAL_SECONDS = 1.0
CLIENTS = 20
REQUEST = get("/api/version")
STOP = {"drain_seconds": 3, "graceful_seconds": 3, "termination_grace_seconds": 15, "redis_url": ""}
Terminate = Callable[[], object]
Ended = Callable[[], int | None]


class Endpoints:
    """The addresses that a client may pick, as a proxy's table of them."""

    def __init__(self, *addresses: str) -> None:
        self.targets = [Target.of(address) for address in addresses]
        self._numbers = itertools.count()

    def pick(self) -> Target:
        return self.targets[next(self._numbers) % len(self.targets)]


async def stop_under_load(endpoints: Endpoints, terminate: Terminate, ended: Ended, *, kept: bool) -> Tally:
    """Load both, stop the first, take it out of the table a second later, go on until it has ended."""
    over = asyncio.Event()
    load = asyncio.create_task(closed_loop(endpoints.pick, REQUEST, clients=CLIENTS, until=over, kept=kept))
    await asyncio.sleep(0.5)
    terminate()
    await asyncio.sleep(REMOVAL_SECONDS)
    del endpoints.targets[0]
    while ended() is None:  # noqa: ASYNC110 - a process has no event
        await asyncio.sleep(0.05)
    over.set()
    return await load


def losses(stand: Stand, *, kept: bool) -> Tally:
    """Of the service."""
    with stand.serving(**STOP) as one, stand.serving(**STOP) as other:
        table = Endpoints(one.public, other.public)
        return asyncio.run(stop_under_load(table, one.terminate, one.process.poll, kept=kept))


def naive_losses(stand: Stand, *, kept: bool) -> Tally:
    """Of an application whose signal handler exits."""
    with stand.naive("guide") as one, stand.naive("guide") as other:
        table = Endpoints(one.address, other.address)
        return asyncio.run(stop_under_load(table, one.process.terminate, one.process.poll, kept=kept))


def of(tally: Tally) -> str:
    return f"{tally.failed} of {sum(tally.outcomes.values()):,}"


def readiness(server: Server) -> tuple[float, float]:
    """Milliseconds from SIGTERM to 503, and the share of the answers in the drain that ask for a new connection."""
    with httpx.Client() as client:
        client.get(f"{server.admin}/health/ready")
        begin = server.terminate()
        while client.get(f"{server.admin}/health/ready").status_code == 200:
            pass
        passed = time.monotonic() - begin
        answers = [client.get(f"{server.public}/api/version") for _ in range(20)]
    closing = sum(answer.headers.get("connection") == "close" for answer in answers)
    return passed * 1000, 100 * closing / len(answers)


def measure(stand: Stand) -> Iterator[Figure]:
    yield Figure(budgets.KEPT_LOSSES, losses(stand, kept=True).failed, of(naive_losses(stand, kept=True)))
    yield Figure(budgets.NEW_LOSSES, losses(stand, kept=False).failed, of(naive_losses(stand, kept=False)))
    with stand.serving(**STOP) as server:
        milliseconds, closing = readiness(server)
    yield Figure(budgets.UNREADY, milliseconds, "never")
    yield Figure(budgets.CLOSING_ANSWERS, closing, "0 %")
