import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest

from service.platform import logs


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
