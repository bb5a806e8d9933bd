import asyncio
import gc
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest

from service.platform import logs
from service.platform.trace import Trace, trace_of


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root, hook, thread_hook = logging.getLogger(), sys.excepthook, threading.excepthook
    handlers, level = root.handlers[:], root.level
    with warnings.catch_warnings():
        yield
    root.handlers, sys.excepthook, threading.excepthook = handlers, hook, thread_hook
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_event_is_one_json_object_with_what_was_passed(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    logging.getLogger("any").info("hello %s", "there", extra={"item": 7})
    (event,) = written(capsys)
    assert event["message"] == "hello there"
    assert event["item"] == 7
    assert event["logger"] == "any"
    assert str(event["timestamp"]).endswith("+00:00")


@pytest.mark.parametrize("style", ["json", "text"])
def test_a_line_break_in_a_value_makes_no_second_line(capsys: pytest.CaptureFixture[str], style: str) -> None:
    logs.configure("info", style)
    logging.getLogger("any").info('one\n{"forged": true}', extra={"path": "/a\r\nforged"})
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_the_request_id_is_in_every_line_of_its_request(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    token = logs.request_id.set("abc")
    logging.getLogger("any").info("inside")
    logs.request_id.reset(token)
    logging.getLogger("any").info("outside")
    inside, outside = written(capsys)
    assert inside["request_id"] == "abc"
    assert "request_id" not in outside


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning", "json")
    logging.getLogger("any").info("too low")
    logging.getLogger("any").warning("high enough")
    assert [event["message"] for event in written(capsys)] == ["high enough"]


def test_warnings_and_crashed_threads_are_events_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    warnings.warn("old way", DeprecationWarning, stacklevel=1)
    thread = threading.Thread(target=lambda: 1 // 0)
    thread.start()
    thread.join()
    warned, crashed = written(capsys)
    assert warned["logger"] == "py.warnings"
    assert "old way" in str(warned["message"])
    assert crashed["level"] == "critical"
    assert "ZeroDivisionError" in str(crashed["exception"])


HOSTILE = ["\r\n", "\x1b[2J", "\0", "\u2028", "\u2029", "\x85", "\x9b31m", "\u202e", "\ud800"]


class BadError(Exception):
    """Its text is told as it is, where those of Python's own are often told by their repr."""


def fail(text: str) -> None:
    """Log an exception with this text, and the one before it."""

    def break_off() -> None:
        raise BadError(text) from KeyError(text)

    try:
        break_off()
    except BadError:
        logging.getLogger("any").exception("failed")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_in_a_value_moves_the_cursor_or_ends_the_line(capsys: pytest.CaptureFixture[str], hostile: str) -> None:
    for style in ("json", "text"):
        logs.configure("info", style)
        logging.getLogger("any").info("one %s two", hostile, extra={"path": f"/{hostile}"})
        out = capsys.readouterr().out
        assert len(out.splitlines()) == 1
        assert out.rstrip("\n").isprintable()
        assert style == "text" or json.loads(out)["message"] == f"one {hostile} two"
        fail(f"x{hostile}x")
        assert hostile not in capsys.readouterr().out


def test_the_trace_is_in_every_line_of_its_request(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    token = logs.trace.set(Trace("a" * 32, "b" * 16))
    logging.getLogger("any").info("inside")
    logs.trace.reset(token)
    (inside,) = written(capsys)
    assert (inside["trace_id"], inside["span_id"]) == ("a" * 32, "b" * 16)


@pytest.mark.parametrize("style", ["json", "text"])
def test_no_way_into_a_record_tells_a_secret(capsys: pytest.CaptureFixture[str], style: str) -> None:
    logs.configure("info", style, hidden=["own-canary"])
    logs.hide(["later-canary"])
    log = logging.getLogger("any")
    for canary in ("own-canary", "later-canary", "Bearer shape-canary", "/x?token=query-canary"):
        log.info("message %s", canary)
        log.info("extra", extra={"detail": {"deep": [canary]}})
        fail(canary)
    assert "canary" not in capsys.readouterr().out


async def test_a_crashed_task_is_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.report_task_crash)
    told = asyncio.Event()

    async def crash() -> None:
        loop.call_soon(told.set)
        raise ZeroDivisionError

    task = loop.create_task(crash())
    await told.wait()
    del task
    gc.collect()
    (crashed,) = written(capsys)
    assert crashed["level"] == "critical"
    assert "ZeroDivisionError" in str(crashed["exception"])
    assert "never retrieved" in str(crashed["reason"])


def test_the_level_changes_while_the_process_runs(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    for level in ("debug", "error", "info"):
        logs.set_level(level)
        assert logs.current_level() == level
        logging.getLogger("any").debug("debug at %s", level)
        logging.getLogger("any").info("info at %s", level)
        logging.getLogger("sqlalchemy.engine.Engine").info("sql at %s", level)
    assert [event["message"] for event in written(capsys)] == [
        "debug at debug",
        "info at debug",
        "sql at debug",
        "info at info",
    ]


@pytest.mark.parametrize(
    ("offered", "accepted"),
    [
        (b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", True),
        (b"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-future", True),
        (b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", False),
        (b"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", False),
        (b"00-00000000000000000000000000000000-00f067aa0ba902b7-01", False),
        (b"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", False),
        (b"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", False),
        (b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", False),
        (b"\n00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", False),
        (b"", False),
    ],
)
def test_a_traceparent_is_continued_where_it_is_one(offered: bytes, accepted: bool) -> None:  # noqa: FBT001 - a parameter
    found = trace_of({"headers": [(b"x", b"y"), (b"traceparent", offered)]})
    assert (found.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736") is accepted
    assert re.fullmatch(r"[0-9a-f]{32}", found.trace_id)
    assert re.fullmatch(r"[0-9a-f]{16}", found.span_id)
    assert found.span_id != "00f067aa0ba902b7"
