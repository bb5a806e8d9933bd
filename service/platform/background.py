"""Tasks that live as long as a block of code."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

AGAIN_SECONDS = 0.2


@asynccontextmanager
async def running(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run the work beside the block and end it with the block; a task that died raises there."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        while not task.done():  # see heed_cancellation
            task.cancel()
            await asyncio.wait([task], timeout=AGAIN_SECONDS)
        with suppress(asyncio.CancelledError):
            await task


def heed_cancellation() -> None:
    """End this task if it was told to end.

    asyncio.timeout may take a cancellation that was asked for a moment before it was entered for its own, and redis-py
    enters one of no seconds before each command: a task that works in a loop would never end.

    Raises:
        CancelledError: it was.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
