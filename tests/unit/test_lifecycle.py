import asyncio
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from service.platform.lifecycle import Lifecycle


@pytest.fixture
def stops() -> Iterator[list[int]]:
    """The signals that reach the server's own handler."""
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: heard.append(number))
    yield heard
    signal.signal(signal.SIGTERM, before)


async def test_the_first_signal_reaches_the_server_when_the_drain_is_over(stops: list[int]) -> None:
    lifecycle, begun = Lifecycle(drain_seconds=0.1), asyncio.Event()
    lifecycle.on_drain(begun.set)
    with lifecycle.handling_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(begun.wait(), 30)
        assert (lifecycle.draining, stops) == (True, [])
        async with asyncio.timeout(30):
            while not stops:  # noqa: ASYNC110 - a signal's handler has no event
                await asyncio.sleep(0.01)
    assert stops == [signal.SIGTERM]


async def test_a_second_one_stops_the_server_and_interrupts_it_at_once(stops: list[int]) -> None:
    with Lifecycle(drain_seconds=60).handling_signals():
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0)
    assert stops == [signal.SIGTERM, signal.SIGINT]


async def test_off_the_main_thread_no_signal_is_held_back(stops: list[int]) -> None:
    async def serve() -> None:
        with Lifecycle(drain_seconds=60).handling_signals():
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    await asyncio.to_thread(thread.join, 10)
    assert stops == [signal.SIGTERM]
