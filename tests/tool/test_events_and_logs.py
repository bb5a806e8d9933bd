from typing import Any

import pytest

from scripts.analyzers.events import about, in_order, tell, warnings
from scripts.analyzers.exits import meaning
from scripts.analyzers.logs import LONGEST, telling_line
from scripts.core.objects import moment

Thing = dict[str, Any]

OLD_API = {
    "metadata": {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"},
    "lastTimestamp": "2026-01-01T00:05:00Z",
}
NEW_API = {
    "metadata": {"name": "b", "creationTimestamp": "2026-01-01T00:00:00Z"},
    "lastTimestamp": None,
    "eventTime": "2026-01-01T00:02:00.123456Z",
}
SERIES = {
    "metadata": {"name": "c", "creationTimestamp": "2026-01-01T00:00:00Z"},
    "lastTimestamp": None,
    "eventTime": "2026-01-01T00:01:00.000000Z",
    "series": {"count": 7, "lastObservedTime": "2026-01-01T00:09:00.999999Z"},
}
BARE = {
    "metadata": {"name": "d", "creationTimestamp": "2026-01-01T00:03:00Z"},
    "lastTimestamp": None,
    "eventTime": None,
}


def test_events_of_both_apis_are_sorted_by_when_they_last_happened() -> None:
    assert [e["metadata"]["name"] for e in in_order([SERIES, OLD_API, BARE, NEW_API])] == ["b", "d", "a", "c"]


def test_event_without_any_time_comes_first() -> None:
    assert in_order([OLD_API, {"metadata": {}}])[0] == {"metadata": {}}


def test_events_are_matched_by_uid_in_both_shapes() -> None:
    old = {**OLD_API, "involvedObject": {"uid": "u1", "name": "web"}}
    new = {**NEW_API, "regarding": {"uid": "u1", "name": "web"}}
    predecessor = {**BARE, "involvedObject": {"uid": "u0", "name": "web"}}
    assert about([old, new, predecessor], "u1") == [new, old]


def test_event_tells_reason_count_and_message() -> None:
    assert tell({"reason": "BackOff", "count": 3, "message": "Back-off\n  pulling"}) == "BackOff (x3): Back-off pulling"
    assert tell({"reason": "Failed", "note": "no", "series": {"count": 2}}) == "Failed (x2): no"


def test_only_warnings_are_evidence() -> None:
    assert warnings([{"type": "Normal"}, {"type": "Warning"}]) == [{"type": "Warning"}]


def test_times_with_nanoseconds_are_read() -> None:
    read = moment("2026-11-25T02:03:04.123456789Z")
    assert read
    assert read.isoformat() == "2026-11-25T02:03:04.123456+00:00"
    assert moment("") is None


TRACEBACK = """\
INFO starting
Traceback (most recent call last):
  File "x.py", line 1, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'
INFO bye
"""


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (TRACEBACK, "ModuleNotFoundError: No module named 'nothing'"),
        ("one\nERROR two\nthree\n", "ERROR two"),
        ("one\n\ntwo\n\n", "two"),
        (
            '{"level": "error", "message": "refused", "setting": "SLIPWAY_WORKERS"}\nbye\n',
            "refused setting=SLIPWAY_WORKERS",
        ),
        ('{"level": "info", "message": "hello"}\n', "hello"),
        ("\x1b[31mERROR\x1b[0m red\x07\n", "ERROR red"),
        ("ERROR postgres://slipway:hunter2@db/x refused\n", "ERROR postgres://slipway:***@db/x refused"),
        ("ERROR password=hunter2 is wrong\n", "ERROR password=*** is wrong"),
        ("{not json\n", "{not json"),
        ("[1, 2]\n", "[1, 2]"),
        ("", ""),
    ],
)
def test_telling_line(log: str, line: str) -> None:
    assert telling_line(log) == line


def test_long_lines_are_cut() -> None:
    assert len(telling_line("x" * 5000)) == LONGEST


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (78, "", "settings"),
        (137, "Error", "SIGKILL"),
        (137, "OOMKilled", "memory"),
        (42, "Odd", "Odd"),
        (255, "", "error"),
    ],
)
def test_exit_codes_have_a_meaning(code: int, reason: str, words: str) -> None:
    assert words in meaning(code, reason)
