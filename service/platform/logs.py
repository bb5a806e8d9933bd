"""One line per event on standard output, from every logger there is: the service's, the server's, warnings, crashes."""

import asyncio
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from service.platform.redaction import Redaction
from service.platform.trace import Trace

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
trace: ContextVar[Trace | None] = ContextVar("trace", default=None)

LEVELS = ("debug", "info", "warning", "error")
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class EventFormatter(logging.Formatter):
    """Tells of an event what may be told.

    Args:
        redaction: hides what may not.
    """

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self.redaction = redaction


class JsonFormatter(EventFormatter):
    """A JSON object a line, all of it ASCII: whatever a value holds, one event is one line and moves no cursor."""

    encoder = json.JSONEncoder(default=str)

    def format(self, record: logging.LogRecord) -> str:
        """Render the event, with the request and the trace it belongs to."""
        event: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := request_id.get():
            event["request_id"] = current
        if here := trace.get():
            event |= {"trace_id": here.trace_id, "span_id": here.span_id}
        event |= extras(record)
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        line = self.encoder.encode(event)
        return self.encoder.encode(self.redaction.mapping(event)) if self.redaction.suspects(line) else line


class TextFormatter(EventFormatter):
    """The same events for a person's eye."""

    def format(self, record: logging.LogRecord) -> str:
        """Render the event."""
        moment = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        told = self.redaction.mapping({"request_id": request_id.get(), **extras(record)})
        details = " ".join(f"{key}={json.dumps(value)}" for key, value in told.items() if value is not None)
        message = _printable(self.redaction.text(record.getMessage()))
        line = f"{moment} {record.levelname.lower():7} {message} {details}".rstrip()
        if not record.exc_info:
            return line
        exception = self.redaction.text(self.formatException(record.exc_info))
        return "\n".join([line, *map(_printable, exception.split("\n"))])


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller passed as `extra`."""
    return {key: value for key, value in vars(record).items() if key not in STANDARD}


def _printable(text: str) -> str:
    """The text without what a terminal would obey or a person be deceived by."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def configure(level: str, style: str, hidden: Iterable[str] = ()) -> None:
    """Send every logger's records to standard output.

    Args:
        level: lowest level written: debug, info, warning or error.
        style: "json" or "text".
        hidden: secrets that no line may tell.
    """
    _record_only_what_is_told()
    redaction = Redaction()
    redaction.hide(hidden)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter((JsonFormatter if style == "json" else TextFormatter)(redaction))
    logging.basicConfig(handlers=[handler], force=True)
    set_level(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # tells of each look at the revision
    logging.captureWarnings(capture=True)
    warnings.simplefilter("default")
    sys.excepthook = _report_crash
    threading.excepthook = _report_thread_crash


def _record_only_what_is_told() -> None:
    """No line names its place in the code, its thread or its process, and finding them out is a third of its price.

    The switches are those of the logging HOWTO's "Optimization".
    """
    logging._srcfile = None  # noqa: SLF001
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def set_level(level: str) -> None:
    """Write this level and those above it, from now on; at "debug", SQL statements, too, without their values."""
    logging.getLogger().setLevel(level.upper())
    for handler in _own_handlers():  # a logger with a level of its own does not ask the root's
        handler.setLevel(level.upper())
    logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO if level == "debug" else logging.WARNING)


def current_level() -> str:
    """The lowest level that is written."""
    return logging.getLevelName(logging.getLogger().level).lower()


def hide(values: Iterable[str]) -> None:
    """Keep these out of every line from now on."""
    values = tuple(values)
    for handler in _own_handlers():
        if isinstance(handler.formatter, EventFormatter):
            handler.formatter.redaction.hide(values)


def _own_handlers() -> Iterator[logging.Handler]:
    return (each for each in logging.getLogger().handlers if isinstance(each.formatter, EventFormatter))


def report_task_crash(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """An event loop's exception handler."""
    error = context.get("exception")
    logging.getLogger("service").critical(
        "uncaught exception in a task", exc_info=error, extra={"reason": context.get("message")}
    )


def _report_crash(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("service").critical("uncaught exception", exc_info=(kind, error, traceback))


def _report_thread_crash(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None:
        _report_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
