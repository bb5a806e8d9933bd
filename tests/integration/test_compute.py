import asyncio
import statistics
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from service.domain import primes
from service.settings import Settings
from tests.integration.test_problems import assert_problem
from tests.support.served import Served, migrate, served
from tests.support.server import serving


@pytest.fixture
async def computer(sqlite_settings: Settings) -> AsyncIterator[Served]:
    migrate(sqlite_settings)
    async with served(sqlite_settings) as running:
        yield running


class Counting:
    """Counts the computations, and holds them up while the gate is shut."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.gate = threading.Event()
        self.gate.set()

    def nth(self, position: int, pause: Callable[[], None]) -> int:
        self.positions.append(position)
        while not self.gate.is_set():
            pause()
        return position


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting()
    monkeypatch.setattr(primes, "nth", counting.nth)
    return counting


async def begun(counting: Counting) -> None:
    async with asyncio.timeout(10):
        while not counting.positions:  # noqa: ASYNC110 - it is another thread that begins
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_prime_may_be_kept_by_every_cache(computer: Served, version: str) -> None:
    answer = await computer.public.get(f"/api/{version}/compute/1000")
    assert answer.json() == {"n": 1000, "prime": 7919}
    assert answer.headers["cache-control"] == "public, max-age=3600"
    again = await computer.public.get(f"/api/{version}/compute/1000")
    assert (again.content, again.headers["etag"]) == (answer.content, answer.headers["etag"])


async def test_who_has_it_is_not_sent_it_again(computer: Served) -> None:
    tag = (await computer.public.get("/api/v1/compute/5")).headers["etag"]
    for named in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await computer.public.get("/api/v1/compute/5", headers={"if-none-match": named})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
        assert answer.headers["cache-control"] == "public, max-age=3600"
    other = await computer.public.get("/api/v1/compute/6", headers={"if-none-match": tag})
    assert other.status_code == 200


@pytest.mark.parametrize("n", ["0", "-1", "50001", "x", "9" * 30])
async def test_what_would_take_too_long_is_refused(computer: Served, n: str) -> None:
    assert_problem(await computer.public.get(f"/api/v1/compute/{n}"), 422)


async def test_a_hundred_who_ask_at_once_cost_one_computation(computer: Served, counting: Counting) -> None:
    counting.gate.clear()
    tasks = [asyncio.ensure_future(computer.public.get("/api/v1/compute/7")) for _ in range(100)]
    await begun(counting)
    counting.gate.set()
    assert {(answer.status_code, answer.json()["prime"]) for answer in await asyncio.gather(*tasks)} == {(200, 7)}
    await computer.public.get("/api/v2/compute/7")
    assert counting.positions == [7]


async def test_above_the_computations_at_once_the_answer_says_when_to_come_back(
    sqlite_settings: Settings, counting: Counting
) -> None:
    migrate(sqlite_settings)
    counting.gate.clear()
    async with served(sqlite_settings.model_copy(update={"compute_at_once": 1})) as computer:
        computer.state["computing"]._wait_seconds = 0.05
        first = asyncio.ensure_future(computer.public.get("/api/v1/compute/7"))
        await begun(counting)
        refused = await computer.public.get("/api/v1/compute/8")
        assert_problem(refused, 503)
        assert refused.headers["retry-after"] == "1"
        counting.gate.set()
        assert (await first).status_code == 200
        assert (await computer.public.get("/api/v1/compute/8")).status_code == 200


async def test_two_processes_compute_once_where_they_share_redis(
    sqlite_settings: Settings, counting: Counting, redis_url: str
) -> None:
    migrate(sqlite_settings)
    shared = sqlite_settings.model_copy(update={"redis_url": redis_url})
    async with served(shared) as one, served(shared) as other:
        for computer in (one, other):
            computer.state["cache"]._circuit._patience = 30  # a busy machine is no outage
            assert (await computer.public.get("/api/v1/compute/49999")).json() == {"n": 49999, "prime": 49999}
    assert counting.positions == [49999]


@pytest.mark.clock
@pytest.mark.process
@pytest.mark.speed
async def test_probes_do_not_wait_for_computations(tmp_path: Path) -> None:
    times: list[float] = []
    with serving(tmp_path) as server:
        async with httpx.AsyncClient(base_url=server.public) as client, httpx.AsyncClient() as probe:
            await probe.get(f"{server.admin}/health/live")  # opens the connection
            busy = [asyncio.ensure_future(client.get(f"/api/v1/compute/{n}", timeout=60)) for n in (50_000, 49_999)]
            while not all(task.done() for task in busy):
                begin = time.perf_counter()
                await probe.get(f"{server.admin}/health/live")
                times.append(time.perf_counter() - begin)
                await asyncio.sleep(0.005)  # the kubelet does not ask without a break either
            assert [task.result().status_code for task in busy] == [200, 200]
    slowest_twentieth = statistics.quantiles(times, n=20)[-1]
    print(f"{len(times)} probes, 95 % within {slowest_twentieth * 1000:.1f} ms, all within {max(times) * 1000:.1f} ms")
    assert slowest_twentieth < 0.03
