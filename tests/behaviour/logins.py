"""G11: a hundred logins at once, the memory that they take and the other requests that they delay."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from scripts.load.percentiles import nearest_rank
from tests.behaviour import budgets
from tests.behaviour.figures import Figure
from tests.behaviour.load import Client, Tally, at, get
from tests.behaviour.stand import Stand, beside
from tests.support.people import PASSWORD, an_email

LOGINS = 100
NAP = 0.005
IDLE_SECONDS = 3.0
# Below this a delay is the scheduler's: a factor of nothing is nothing.
FLOOR_SECONDS = 0.005
REQUEST = get("/api/version")


def flood(address: str, email: str) -> list[int]:
    """All at once; the statuses."""

    async def log_in(client: httpx.AsyncClient) -> int:
        form = {"username": email, "password": PASSWORD}
        return (await client.post("/api/v2/tokens", data=form)).status_code

    async def all_at_once() -> list[int]:
        limits = httpx.Limits(max_connections=LOGINS)
        async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
            return await asyncio.gather(*(log_in(client) for _ in range(LOGINS)))

    return asyncio.run(all_at_once())


def p99(address: str, going_on: Callable[[], bool]) -> float:
    """Of requests one after another, with a short pause between them."""

    async def ask() -> Tally:
        client = Client(at(address), REQUEST, Tally())
        while going_on():
            await client.send()
            await asyncio.sleep(NAP)
        return client.tally

    return nearest_rank(sorted(asyncio.run(ask()).latencies), 99)


def worker_of(master: int) -> Path:
    """The one worker's folder in /proc."""
    (pid,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return Path(f"/proc/{pid}")


def memory(process: Path, name: str) -> float:
    """A figure of the process, in MiB."""
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def idle(address: str) -> float:
    begin = time.monotonic()
    return p99(address, lambda: time.monotonic() - begin < IDLE_SECONDS)


def flooded(stand: Stand) -> tuple[float, float, list[int]]:
    """MiB of growth, the factor of the p99, and how the logins ended."""
    with stand.serving() as server:
        user = {"email": an_email(), "name": "Ann", "password": PASSWORD}
        httpx.post(f"{server.public}/api/v2/users", json=user).raise_for_status()
        usual = idle(server.public)
        process = worker_of(server.process.pid)
        (process / "clear_refs").write_text("5")
        before = memory(process, "VmRSS")
        with beside(flood, server.public, user["email"]) as logins:
            meanwhile = p99(server.public, lambda: not logins.done())
            statuses = logins.result()
        growth = memory(process, "VmHWM") - before
    print(f"G11: p99 {usual * 1000:.1f} ms idle, {meanwhile * 1000:.1f} ms during {len(statuses)} logins")
    return growth, meanwhile / max(usual, FLOOR_SECONDS), statuses


def measure(stand: Stand) -> Iterator[Figure]:
    runs = sorted((flooded(stand) for _ in range(3)), key=lambda each: each[1])
    yield Figure(budgets.LOGIN_MEMORY, max(growth for growth, _, _ in runs))
    yield Figure(budgets.LOGIN_P99, runs[1][1])
