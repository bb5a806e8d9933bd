"""What must never reach a log, in whatever record: credentials by their shape, the service's own secrets by value."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"
SHORTEST = 4  # hiding a shorter secret would black out innocent words, and tell it by the gaps
# Each begins where a word does, or is bounded: a stranger's long path must not make the search quadratic.
# A query, wherever a path or an address has one: uvicorn logs those of WebSockets, and tokens travel in them.
QUERY = re.compile(r"(?<=[\w/%.~)-])\?[^\s\"'<>]+")
# The credentials of an Authorization header or of the subprotocol pair.
CREDENTIALS = re.compile(r"(?i)\b(bearer|basic)([\s,\"'\]):=]{1,8})[\w.~+/=-]{6,}")
JSON_WEB_TOKEN = re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*")
PASSWORD_IN_URL = re.compile(r"(://[^\s:/@]{0,64}:)\S{1,256}@")
NAMED = re.compile(
    r"(?i)(?<![\w-])([\w-]{0,64}(?:password|passwd|secret|token|api_?key|authorization|cookie)['\"]?\s?[=:]\s?)"
    r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;)}\]]+)"
)
# PostgreSQL repeats values of the row and of the statement there.
FROM_POSTGRESQL = re.compile(r"(?m)^(DETAIL|LINE \d+|CONTEXT|QUERY): .*$")
# Most texts hold nothing of the kind, which this finds out for a hundredth of the price. In lower case.
SUSPICIOUS = (
    *("?", "://", "eyj", "bearer", "basic", "passw", "secret", "token", "api_key", "apikey", "authorization"),
    *("cookie", "detail:", "context:", "query:", "line "),
)


class Redaction:
    """Hides what is secret in a text.

    Attributes:
        values: secrets by value; what was one stays hidden.
    """

    def __init__(self) -> None:
        self.values: frozenset[str] = frozenset()
        self._spellings: tuple[str, ...] = ()
        self._own = re.compile(r"(?!)")

    def hide(self, values: Iterable[str]) -> None:
        """Hide these, too, in each spelling that a URL, a JSON text or a repr gives them."""
        self.values |= {value for value in values if len(value) >= SHORTEST}
        spellings = {spelling for value in self.values for spelling in _spellings(value)}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._own = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        in_lines = {json.dumps(spelling)[1:-1] for spelling in spellings}
        self._spellings = tuple(spellings | in_lines)

    def suspects(self, text: str) -> bool:
        """Whether the text, or the JSON of one, may hold a secret."""
        lower = text.lower()
        return any(word in lower for word in SUSPICIOUS) or any(each in text for each in self._spellings)

    def text(self, text: str) -> str:
        """The text without secrets."""
        if not self.suspects(text):
            return text
        text = self._own.sub(HIDDEN, text)
        text = QUERY.sub(f"?{HIDDEN}", text)
        text = CREDENTIALS.sub(rf"\1\2{HIDDEN}", text)
        text = JSON_WEB_TOKEN.sub(HIDDEN, text)
        text = PASSWORD_IN_URL.sub(rf"\1{HIDDEN}@", text)
        text = NAMED.sub(rf"\1{HIDDEN}", text)
        return FROM_POSTGRESQL.sub(rf"\1: {HIDDEN}", text)

    def value(self, value: object) -> object:
        """Anything that can be logged, as JSON's own types, without secrets."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return self.mapping(value)
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(each) for each in value]
        return self.text(str(value))

    def mapping(self, values: Mapping[Any, object]) -> dict[str, object]:
        """As `value`; what is named like a secret is one."""
        return {str(key): self._named(str(key), each) for key, each in values.items()}

    def _named(self, name: str, value: object) -> object:
        return HIDDEN if isinstance(value, str) and NAMED.match(f"{name}=x") else self.value(value)


def _spellings(value: str) -> set[str]:
    escaped = json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]
    return {value, quote(value), quote(value, safe=""), quote_plus(value), *escaped}
