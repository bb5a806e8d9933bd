import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from itertools import takewhile

import pytest

from service.domain import primes
from service.platform.computing import AbandonedError, Computing
from service.platform.errors import UnavailableError
from service.platform.metrics import Metrics


@pytest.fixture
async def computing() -> AsyncIterator[Computing]:
    computing = Computing(Metrics("test"), at_once=2, wait_seconds=0.05)
    yield computing
    computing.close()


class Work:
    """Pauses until it is told to end."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.begun = asyncio.Semaphore(0)
        self.gate = threading.Event()
        self.abandoned = asyncio.Event()

    def __call__(self, pause: Callable[[], None]) -> str:
        self.loop.call_soon_threadsafe(self.begun.release)
        try:
            while not self.gate.is_set():
                pause()
        except AbandonedError:
            self.loop.call_soon_threadsafe(self.abandoned.set)
            raise
        return "done"


def running(computing: Computing) -> float:
    return computing._metrics.registry.get_sample_value("slipway_computations_running") or 0


async def test_the_event_loop_goes_on_beside_it(computing: Computing) -> None:
    work = Work()
    result = asyncio.ensure_future(computing.run(work))
    await work.begun.acquire()
    assert running(computing) == 1
    work.gate.set()
    assert await result == "done"
    await asyncio.sleep(0)
    assert running(computing) == 0


async def test_above_so_many_at_once_the_next_waits_not_for_ever(computing: Computing) -> None:
    work = Work()
    results = [asyncio.ensure_future(computing.run(work)) for _ in range(2)]
    for _ in results:
        await work.begun.acquire()
    with pytest.raises(UnavailableError) as refusal:
        await computing.run(work)
    assert refusal.value.headers["Retry-After"] == "1"
    work.gate.set()
    assert set(await asyncio.gather(*results, computing.run(work))) == {"done"}


async def test_who_leaves_ends_the_work(computing: Computing) -> None:
    work = Work()
    result = asyncio.ensure_future(computing.run(work))
    await work.begun.acquire()
    result.cancel()
    with pytest.raises(asyncio.CancelledError):
        await result
    async with asyncio.timeout(30):
        await work.abandoned.wait()


async def test_a_thread_is_free_when_its_work_has_ended_and_not_when_its_client_has_left() -> None:
    computing, work = Computing(Metrics("test"), at_once=1, wait_seconds=0.05), Work()
    held = asyncio.ensure_future(computing.run(lambda _pause: work(lambda: None)))
    await work.begun.acquire()
    held.cancel()
    async with asyncio.timeout(30):
        try:
            with pytest.raises(UnavailableError):
                await computing.run(lambda _pause: "too early")
        finally:
            work.gate.set()
        await asyncio.to_thread(computing._threads.submit(lambda: None).result)
        assert await computing.run(lambda _pause: "in time") == "in time"
    computing.close()


async def test_at_the_end_of_the_service_work_ends(computing: Computing) -> None:
    work = Work()
    result = asyncio.ensure_future(computing.run(work))
    await work.begun.acquire()
    computing.close()
    with pytest.raises(AbandonedError):
        await result


async def test_an_error_of_the_work_is_raised(computing: Computing) -> None:
    def fail(_pause: Callable[[], None]) -> None:
        raise ValueError("no")

    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            await computing.run(fail)


def test_primes_come_in_order_and_pause_often() -> None:
    pauses: list[None] = []
    assert [primes.nth(position, lambda: None) for position in range(1, 11)] == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
    assert primes.nth(1000, lambda: pauses.append(None)) == 7919
    assert len(pauses) == len(list(takewhile(lambda n: n <= 7919, range(64, 10_000, 64))))
