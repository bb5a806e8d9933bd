import io
import json
import re
import threading
import time
from typing import Any

import pytest
from rich.console import Console

from scripts.cli.conduct import sink_for
from scripts.cli.jsonlines import JsonSink
from scripts.cli.live import LiveSink
from scripts.cli.plain import PlainSink
from scripts.cli.status import table_text
from scripts.core.report import Event, Voice
from scripts.phases.status import Row


class Page(io.StringIO):
    """A stream that says when a line has come."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        self.came.set()
        return written


def test_plain_line_holds_phase_status_object_message_and_seconds() -> None:
    page = Page()
    sink = PlainSink(page)
    sink.emit(Event("images", "slipway:1", "changed", "built", seconds=1.25))
    sink.close()
    assert page.getvalue() == "images       changed   slipway:1: built (1.2 s)\n"


def test_plain_lines_are_free_of_control_characters_and_line_breaks() -> None:
    page = Page()
    sink = PlainSink(page)
    sink.emit(Event("a", "", "ok", "red \x1b[31m\x07 and\r\nmore\x9b"))
    sink.close()
    assert page.getvalue().count("\n") == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", page.getvalue())


@pytest.mark.parametrize("sink_type", [PlainSink, JsonSink])
def test_a_line_comes_while_it_waits_and_says_what_for(sink_type: Any) -> None:
    page = Page()
    sink = sink_type(page, 0.05)
    with Voice(sink, "cluster").waiting("the API") as now:
        now("the nodes")
        assert page.came.wait(10)
    sink.close()
    assert "the nodes" in page.getvalue()
    assert "waiting" in page.getvalue()


def test_lines_keep_coming() -> None:
    page = Page()
    sink = PlainSink(page, 0.05)
    with Voice(sink, "cluster").waiting("the API"):
        end = time.monotonic() + 10
        while page.getvalue().count("\n") < 3:
            assert time.monotonic() < end
            threading.Event().wait(0.01)
    sink.close()


def test_silence_after_the_wait() -> None:
    page = Page()
    sink = PlainSink(page, 0.05)
    with Voice(sink, "cluster").waiting("the API"):
        pass
    threading.Event().wait(0.2)
    sink.close()
    assert page.getvalue() == ""


def test_json_event_has_all_its_fields() -> None:
    page = Page()
    sink = JsonSink(page)
    sink.emit(Event("images", "x", "fail", "no", "image.build", 1.23456, {"a": 1}, ts=5.0))
    sink.close()
    assert json.loads(page.getvalue()) == {
        "ts": 5.0,
        "phase": "images",
        "object": "x",
        "status": "fail",
        "code": "image.build",
        "seconds": 1.235,
        "message": "no",
        "data": {"a": 1},
    }


def test_json_times_do_not_go_back_with_the_clock() -> None:
    page = Page()
    sink = JsonSink(page)
    for ts in (5.0, 3.0, 6.0):
        sink.emit(Event("a", "", "ok", "", ts=ts))
    sink.close()
    assert [json.loads(line)["ts"] for line in page.getvalue().splitlines()] == [5.0, 5.0, 6.0]


def test_live_view_draws_events_and_gives_the_cursor_back() -> None:
    page = Page()
    sink = LiveSink(Console(file=page, force_terminal=True, width=120))
    with Voice(sink, "cluster").waiting("the API [bold]") as now:
        now("the nodes")
        sink.emit(Event("cluster", "slipway", "changed", "created [red]", seconds=2.0))
    sink.show("bye")
    sink.close()
    assert "created [red]" in page.getvalue()
    assert page.getvalue().rstrip().endswith("\x1b[?25h")


def test_machines_get_json_and_pipes_get_plain_lines() -> None:
    for machine, wanted in ((True, JsonSink), (False, PlainSink)):
        sink = sink_for(machine=machine)
        sink.close()
        assert isinstance(sink, wanted)


def test_terminals_get_the_live_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    sink = sink_for(machine=False)
    sink.close()
    assert isinstance(sink, LiveSink)


def test_status_table_is_plain_text() -> None:
    text = table_text([Row("pod", "a[b]", "ok", "x" * 100)])
    assert "a[b]" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
