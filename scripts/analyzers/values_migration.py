"""Bring values of another chart to this one: each goes to its place, and what has none is told."""

import copy
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scripts.analyzers.values_moves import Move
from scripts.core.objects import Object


@dataclass(frozen=True)
class Migration:
    """What came of it.

    Attributes:
        values: The values for this chart.
        left_out: A sentence about each value that has no successor and needs none.
        unknown: A sentence about each value that nobody knows.
    """

    values: Object
    left_out: tuple[str, ...]
    unknown: tuple[str, ...]


def migrate(old: Object, moves: Iterable[Move], known: Object) -> Migration:
    """Move what has moved, keep what this chart knows by the same name, and tell of the rest.

    Args:
        old: The values as they were.
        moves: What has another place here.
        known: The values of this chart, all of them; below an empty mapping every key is allowed.
    """
    rest = copy.deepcopy(old)
    values: Object = {}
    left_out = []
    for move in moves:
        found, value = _take(rest, move.old.split("."))
        if not found:
            continue
        for path, placed in move.place(value).items():
            _put(values, path.split("."), placed)
        if move.why and value:
            left_out.append(f"{move.old} is left out: {move.why}")
    unknown = []
    for place, value in _leaves(rest):
        if value == {}:
            continue
        if _knows(known, place):
            _put(values, place, value)
        else:
            unknown.append(_unknown(place, known))
    return Migration(values, tuple(left_out), tuple(unknown))


def _take(values: Object, path: list[str]) -> tuple[bool, Any]:
    """Remove the value at the path; whether there was one, and which."""
    for key in path[:-1]:
        inner = values.get(key)
        if not isinstance(inner, dict):
            return False, None
        values = inner
    return path[-1] in values, values.pop(path[-1], None)


def _put(values: Object, path: list[str], value: object) -> None:
    for key in path[:-1]:
        values = values.setdefault(key, {})
    values[path[-1]] = value


def _leaves(values: Object, path: tuple[str, ...] = ()) -> Iterator[tuple[list[str], Any]]:
    """Each value that is no mapping of others, empty ones among them, with its path."""
    for key, value in values.items():
        here = (*path, str(key))
        if isinstance(value, dict) and value:
            yield from _leaves(value, here)
        else:
            yield list(here), value


def _knows(known: Any, path: list[str]) -> bool:  # noqa: ANN401 - a value of YAML
    for key in path:
        if known == {}:
            return True
        if not isinstance(known, dict) or key not in known:
            return False
        known = known[key]
    return not isinstance(known, dict) or not known


def _unknown(path: list[str], known: Object) -> str:
    name = ".".join(path)
    near = difflib.get_close_matches(name, [".".join(place) for place, _ in _leaves(known)], n=1)
    return f"{name} is unknown to this chart" + (f"; is it {near[0]}?" if near else "")
