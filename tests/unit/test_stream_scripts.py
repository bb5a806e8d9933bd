import json

from service.platform.bus import Position
from service.platform.stream_scripts import LAST_NUMBER, Look

FIELDS = [b"epoch", b"0000000a", b"room", b"lobby", b"data", json.dumps({"body": {"type": "x"}, "only": []}).encode()]


def look(first: bytes) -> Look:
    """What is left of a stream that was trimmed up to its entry `first`."""
    return Look.of([b"0000000a.0-0", b"9-0", first, 0, b"0", [[first, FIELDS]]], None)


def test_what_is_left_begins_just_before_its_first_entry() -> None:
    assert look(b"5-3").since == Position("0000000a", 5, 2)
    assert look(b"5-0").since == Position("0000000a", 4, LAST_NUMBER)
    for first in (b"5-3", b"5-0"):
        (event,) = look(first).events
        assert event.at > look(first).since
