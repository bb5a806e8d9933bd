import asyncio

import pytest

from service.platform.background import heed_cancellation, running


async def test_work_that_lost_a_cancellation_ends_all_the_same() -> None:
    turns = 0

    async def work() -> None:
        nonlocal turns
        while turns < 5:
            turns += 1
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:  # as a timeout takes one for its own
                heed_cancellation()

    async with asyncio.timeout(30):
        async with running(work()):
            await asyncio.sleep(0)
    assert turns == 1


async def test_who_was_told_nothing_goes_on() -> None:
    heed_cancellation()


async def test_work_that_died_raises_where_its_block_ends() -> None:
    async def die() -> None:
        raise LookupError("dead")

    with pytest.raises(LookupError, match="dead"):
        async with running(die()):
            await asyncio.sleep(0)
