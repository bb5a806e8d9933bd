"""Events of both APIs, in the order they happened.

core/v1 writes `message`, `involvedObject` and `lastTimestamp`; events.k8s.io/v1 writes `note`, `regarding`, `series`
and `eventTime`, and leaves the old fields null. An event is kept for an hour and is weak evidence; fields of a status
are better.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from scripts.core.objects import Object, at, created, moment


def happened(event: Object) -> datetime:
    """When an event last happened, by whichever of its fields is set."""
    for path in (("series", "lastObservedTime"), ("lastTimestamp",), ("deprecatedLastTimestamp",), ("eventTime",)):
        found = moment(at(event, *path))
        if found:
            return found
    return created(event).astimezone(UTC)


def in_order(events: Iterable[Object]) -> list[Object]:
    """The events, oldest first."""
    return sorted(events, key=happened)


def about(events: Iterable[Object], uid: str) -> list[Object]:
    """The events that concern the object with `uid`, oldest first; a name would also match its predecessor."""
    return in_order(e for e in events if uid in {at(e, "involvedObject", "uid"), at(e, "regarding", "uid")})


def tell(event: Object) -> str:
    """One line: reason, how often, and the message."""
    times = at(event, "series", "count") or event.get("count") or event.get("deprecatedCount") or 1
    message = " ".join(str(event.get("message") or event.get("note") or "").split())
    return f"{event.get('reason', 'Event')}{f' (x{times})' if times > 1 else ''}: {message}"


def warnings(events: Iterable[Object]) -> list[Object]:
    """Only those of type Warning."""
    return [event for event in events if event.get("type") == "Warning"]
