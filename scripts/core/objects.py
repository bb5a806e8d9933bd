"""Reading Kubernetes objects as they come over the wire: plain dictionaries."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]


def at(value: Any, *path: str | int, default: Any = None) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """The value under `path`, or `default` where a step is missing or null."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return default
        if value is None:
            return default
    return value


def name_of(thing: Object) -> str:
    """`metadata.name`."""
    return str(at(thing, "metadata", "name", default=""))


def uid_of(thing: Object) -> str:
    """`metadata.uid`."""
    return str(at(thing, "metadata", "uid", default=""))


def label_of(thing: Object, label: str) -> str:
    """The value of a label, or nothing."""
    return str(at(thing, "metadata", "labels", label, default=""))


def condition(thing: Object, kind: str) -> Object:
    """The condition of type `kind` in `status.conditions`, or an empty object."""
    found = (c for c in at(thing, "status", "conditions", default=[]) if c.get("type") == kind)
    return next(found, {})


def is_true(thing: Object, kind: str) -> bool:
    """Whether the condition of type `kind` has status True."""
    return bool(condition(thing, kind).get("status") == "True")


def owned_by(things: Iterable[Object], owner: str) -> list[Object]:
    """Those of `things` that name the uid `owner` among their owners."""
    return [
        thing
        for thing in things
        if any(ref.get("uid") == owner for ref in at(thing, "metadata", "ownerReferences", default=[]))
    ]


def moment(text: str | None) -> datetime | None:
    """An RFC 3339 time, also with the nanoseconds that Go writes; None where there is none."""
    if not text:
        return None
    found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    return found.replace(tzinfo=found.tzinfo or UTC)


def created(thing: Object) -> datetime:
    """`metadata.creationTimestamp`, or the beginning of time."""
    return moment(at(thing, "metadata", "creationTimestamp")) or datetime.min.replace(tzinfo=UTC)
