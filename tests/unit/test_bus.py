import pytest

from service.platform.bus import ROOMS, MemoryBus, Position
from tests.support.buses import heard, say


def test_a_position_reads_its_own_text_and_nothing_else() -> None:
    place = Position("0123abcd", 5, 7)
    assert Position.parse(str(place)) == place
    for text in (
        "",
        "5-7",
        "0123abcd.5",
        "0123abcd.5-7 ",
        "0123abcd.-5-7",
        "0123abcd.\u0665-7",
        "xyz.5-7",
        str(place) + "\n",
    ):
        assert Position.parse(text) is None


def test_positions_of_two_epochs_prove_nothing_of_each_other() -> None:
    early, late = Position("0000000a", 1), Position("0000000b", 9)
    assert not late.reaches(early)
    assert not early.reaches(late)
    assert late.reaches(late._replace(time=8, number=99))


async def test_what_is_published_is_delivered_in_order_under_ids_of_its_own() -> None:
    bus = MemoryBus(100)
    async with heard(bus) as ear:
        places = [await say(bus, str(number)) for number in range(5)]
    assert ear.texts == ["0", "1", "2", "3", "4"]
    assert [event.at for event in ear.events] == places == sorted(set(places))


async def test_a_key_counts_once_in_its_room() -> None:
    bus = MemoryBus(100)
    async with heard(bus) as ear:
        first = await say(bus, "a", key="k")
        assert await say(bus, "a again", key="k") == first
        assert await say(bus, "b", "kitchen", key="k") != first
    assert ear.texts == ["a", "b"]


async def test_the_history_is_what_came_after() -> None:
    bus = MemoryBus(100)
    start = bus.position
    places = [await say(bus, str(number)) for number in range(5)]
    await say(bus, "elsewhere", "kitchen")
    assert [event.body["text"] for event in (await bus.history("lobby", start)).events] == ["0", "1", "2", "3", "4"]
    later = await bus.history("lobby", places[2])
    assert [event.body["text"] for event in later.events] == ["3", "4"]
    assert (later.gap, later.tip) == (None, bus.position)
    assert (await bus.history("empty", start)).gap is None


async def test_what_a_room_forgot_is_a_gap_and_the_rest_follows() -> None:
    bus = MemoryBus(3)
    places = [await say(bus, str(number)) for number in range(6)]
    history = await bus.history("lobby", places[0])
    assert [event.body["text"] for event in history.events] == ["3", "4", "5"]
    assert history.gap == places[2]
    assert (await bus.history("lobby", history.gap)).gap is None


@pytest.mark.parametrize("after", [None, Position("00000000", 1)])
async def test_a_position_of_another_process_is_a_gap(after: Position | None) -> None:
    bus = MemoryBus(10)
    await say(bus, "here")
    history = await bus.history("lobby", after)
    assert history.gap is not None
    assert [event.body["text"] for event in history.events] == ["here"]


async def test_many_rooms_forget_the_quietest_and_say_so() -> None:
    bus = MemoryBus(10)
    start = await say(bus, "first", "quiet")
    for number in range(10 * ROOMS):
        await say(bus, "x", f"room-{number}")
    assert sum(len(room.events) for room in bus._rooms.values()) == 10 * ROOMS
    history = await bus.history("quiet", start._replace(time=0))
    assert (history.events, history.gap) == ([], start)
