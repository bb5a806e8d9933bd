"""One sentence out of what helm or kubectl wrote when they refused something."""

import difflib
import re
from collections.abc import Iterable

from scripts.core.objects import Object

UNKNOWN = re.compile(
    r"at '(?P<path>[^']*)': additional propert(?:y|ies) (?P<name>'[^\n]+?) not allowed"
    r"|- (?P<old_path>[\w.()]+): Additional property (?P<old_name>\S+) is not allowed"
)
WRONG = re.compile(r"- at '(?P<path>[^']*)': (?P<why>[^\n]+)|- (?P<old_path>[\w.()]+): (?P<old_why>[^\n]+)")
NOISE = re.compile(r"^(Error: )?(UPGRADE FAILED: |INSTALLATION FAILED: )?")
LONGEST = 400
CLOSE = 0.7  # two of three letters are a coincidence


def refusal_sentence(errors: str, schema: Object) -> str:
    """What helm or kubectl objects to, in one sentence.

    Args:
        errors: What it wrote to stderr.
        schema: The chart's values.schema.json, to offer the name that was meant.
    """
    unknown = UNKNOWN.search(errors)
    if unknown:
        return _unknown_value(unknown, schema)
    wrong = WRONG.search(errors) if "values don't meet the specifications" in errors else None
    if wrong:
        where, why = wrong["path"] or wrong["old_path"] or "", wrong["why"] or wrong["old_why"]
        return f"The chart value {_dotted(where) or '(root)'} is not valid: {why.rstrip('.')}."
    return _last_words(errors)


def names_in(schema: Object) -> set[str]:
    """The names of every value that a schema knows, at any depth."""
    return set(_names(schema))


def _unknown_value(found: re.Match[str], schema: Object) -> str:
    names = re.findall(r"[\w.\-]+", found["name"] or found["old_name"])
    path = _dotted(found["path"] or found["old_path"] or "")
    full = [f"{path}.{name}" if path else name for name in names]
    meant = [m for name in names for m in difflib.get_close_matches(name, sorted(names_in(schema)), 1, CLOSE)]
    known = "is not a value" if len(full) == 1 else "are not values"
    offer = f"; did you mean {' and '.join(meant)}?" if meant else "."
    return f"{' and '.join(full)} {known} of this chart{offer}"


def _dotted(path: str) -> str:
    return path.replace("(root)", "").strip("/").replace("/", ".")


def _last_words(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    lines = [line for line in lines if not re.match(r"(?i)(warning|level=|W\d{4}|I\d{4})", line)]
    start = next((index for index, line in enumerate(lines) if line.startswith(("Error", "error"))), 0)
    text = NOISE.sub("", " ".join(lines[start:])).strip()
    return f"{text[:LONGEST].rstrip('.')}." if text else "It gave no reason."


def _names(schema: object) -> Iterable[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for part in schema.values():
            yield from _names(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _names(part)
