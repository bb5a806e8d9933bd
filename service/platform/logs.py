"""One line per event on standard output, from every logger there is: the service's, the server's, warnings, crashes."""

import json
import logging
import sys
import threading
import warnings
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller passed as `extra`, and the id of the request being served."""
    found = {key: value for key, value in vars(record).items() if key not in STANDARD}
    current = request_id.get()
    return {"request_id": current, **found} if current else found


class JsonFormatter(logging.Formatter):
    """A JSON object a line; control characters in any value stay escaped, so one event is always one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Render the event."""
        event: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **extras(record),
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, default=str, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """The same events for a person's eye."""

    def format(self, record: logging.LogRecord) -> str:
        """Render the event."""
        moment = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        message = json.dumps(record.getMessage(), ensure_ascii=False)[1:-1]
        details = " ".join(f"{key}={json.dumps(value, default=str)}" for key, value in extras(record).items())
        line = f"{moment} {record.levelname.lower():7} {message} {details}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure(level: str, style: str) -> None:
    """Send every logger's records to standard output.

    Args:
        level: lowest level written: debug, info, warning or error.
        style: "json" or "text".
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # tells of each look at the revision
    logging.captureWarnings(capture=True)
    warnings.simplefilter("default")
    sys.excepthook = _report_crash
    threading.excepthook = _report_thread_crash


def _report_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("service").critical("uncaught exception", exc_info=(kind, error, trace))


def _report_thread_crash(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None:
        _report_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
