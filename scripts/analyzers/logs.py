"""The one line of a log that says most."""

import json
import re

ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
SECRET = re.compile(r"(?i)((?:password|passwd|secret|token|key)\"?\s*[=:]\s*\"?|://[^/@:\s]+:)[^\s\"@,}]+")
LOUD = ("CRITICAL", "FATAL", "ERROR")
LONGEST = 300


def telling_line(log: str) -> str:
    """The end of the last traceback, else the last loud line, else the last line; without colours and secrets."""
    lines = [clean(line) for line in log.splitlines()]
    lines = [line for line in lines if line.strip()]
    chosen = _after_traceback(lines) or _last_loud(lines) or (lines[-1] if lines else "")
    return masked(_message(chosen))[:LONGEST]


def clean(line: str) -> str:
    """A line without escape sequences and control characters."""
    return CONTROL.sub("", ANSI.sub("", line)).rstrip()


def masked(text: str) -> str:
    """A text with the values of secrets replaced."""
    return SECRET.sub(r"\1***", text)


def _after_traceback(lines: list[str]) -> str:
    starts = [index for index, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")]
    if not starts:
        return ""
    return next((line for line in lines[starts[-1] + 1 :] if not line.startswith((" ", "\t"))), "")


def _last_loud(lines: list[str]) -> str:
    return next((line for line in reversed(lines) if _level(line) in LOUD), "")


def _level(line: str) -> str:
    entry = _entry(line)
    if entry:
        return str(entry.get("level", "")).upper()
    return next((level for level in LOUD if re.search(rf"\b{level}\b", line)), "")


def _entry(line: str) -> dict[str, object]:
    if not line.startswith("{"):
        return {}
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _message(line: str) -> str:
    entry = _entry(line)
    told = entry.get("message") or entry.get("msg") or entry.get("event")
    if not told:
        return line
    named = [f"{field}={entry[field]}" for field in ("setting", "error", "reason") if entry.get(field)]
    return " ".join([str(told), *named])
