"""Work for the processor, beside the event loop and without holding it up.

CPython runs one thread at a time and changes over every 5 ms at most: two busy threads kept the loop waiting for
129 ms. So the work pauses every half a millisecond, which lets the loop go first; the longest wait was 13 ms then.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from service.platform.errors import UnavailableError
from service.platform.metrics import Metrics

T = TypeVar("T")
WAIT_SECONDS = 2.0


class AbandonedError(Exception):
    """Nobody waits for the result any more."""


class Computing:
    """Runs a few computations at a time.

    Args:
        metrics: receives how many run and wait.
        at_once: threads.
        wait_seconds: longest wait for one of them.
    """

    def __init__(self, metrics: Metrics, at_once: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self._metrics = metrics
        self._wait_seconds = wait_seconds
        self._slots = asyncio.Semaphore(at_once)
        self._threads = ThreadPoolExecutor(at_once, "computing")
        self._closed = False

    async def run(self, work: Callable[[Callable[[], None]], T]) -> T:
        """Run the work, which is given its `pause` and calls it often; who is cancelled ends it at the next pause.

        Raises:
            UnavailableError: no thread became free in time.
        """
        await self._take_slot()
        abandoned = threading.Event()
        result = asyncio.get_running_loop().run_in_executor(self._threads, work, lambda: self._pause(abandoned))
        result.add_done_callback(lambda _: self._free_slot())  # when the thread is free, not when the client has left
        try:
            return await asyncio.shield(result)
        except asyncio.CancelledError:
            abandoned.set()
            raise

    async def _take_slot(self) -> None:
        with self._metrics.computations_waiting.track_inprogress():
            try:
                async with asyncio.timeout(self._wait_seconds):
                    await self._slots.acquire()
            except TimeoutError:
                raise UnavailableError("Too many computations are waiting.") from None
        self._metrics.computations.inc()

    def _free_slot(self) -> None:
        self._metrics.computations.dec()
        self._slots.release()

    def _pause(self, abandoned: threading.Event) -> None:
        if abandoned.is_set() or self._closed:
            raise AbandonedError
        time.sleep(0)  # gives the interpreter to a thread that waits for it

    def close(self) -> None:
        """End what still runs."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
