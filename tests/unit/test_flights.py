import asyncio

import pytest

from service.platform.flights import Flights


class Work:
    """Ends when it is told to."""

    def __init__(self) -> None:
        self.begun = self.cancelled = 0
        self.under_way, self.gate = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> str:
        self.begun += 1
        self.under_way.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return f"result {self.begun}"


async def test_who_ask_at_the_same_time_share_one_result() -> None:
    flights, work = Flights[str](), Work()
    tasks = [asyncio.ensure_future(flights.join("a", work)) for _ in range(50)]
    await work.under_way.wait()
    work.gate.set()
    assert set(await asyncio.gather(*tasks)) == {"result 1"}
    assert await flights.join("a", work) == "result 2"


async def test_each_key_has_work_of_its_own() -> None:
    flights, work = Flights[str](), Work()
    work.gate.set()
    await asyncio.gather(flights.join("a", work), flights.join("b", work))
    assert work.begun == 2


async def test_who_began_it_can_leave_without_taking_it_from_the_others() -> None:
    flights, work = Flights[str](), Work()
    first = asyncio.ensure_future(flights.join("a", work))
    await work.under_way.wait()
    second = asyncio.ensure_future(flights.join("a", work))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    work.gate.set()
    assert await second == "result 1"
    assert work.cancelled == 0


async def test_when_all_have_left_it_ends_and_the_next_begins_anew() -> None:
    flights, work = Flights[str](), Work()
    tasks = [asyncio.ensure_future(flights.join("a", work)) for _ in range(3)]
    await work.under_way.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    work.gate.set()
    assert await flights.join("a", work) == "result 2"
    assert work.cancelled == 1


async def test_a_failure_is_told_to_all_and_not_kept() -> None:
    async def fail() -> str:
        await asyncio.sleep(0)
        raise ValueError("no")

    flights, work = Flights[str](), Work()
    told = await asyncio.gather(*(flights.join("a", fail) for _ in range(3)), return_exceptions=True)
    assert [str(error) for error in told] == ["no"] * 3
    work.gate.set()
    assert await flights.join("a", work) == "result 1"
