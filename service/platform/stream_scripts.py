"""What the rooms ask of Redis, each in one step, and how its answers are read."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from redis.exceptions import RedisError

from service.platform.bus import Event, Position, new_epoch

log = logging.getLogger("service.streams")
PREFIX = "{slipway}:rooms:"  # one hash tag: a script's keys must be on one node of a cluster
EPOCH, ALL = f"{PREFIX}epoch", f"{PREFIX}all"
ROOM_SECONDS = 86_400  # a room's history ends a day after its last event
LAST_NUMBER = 2**32  # of one millisecond, and more

PUBLISH = """
local earlier = redis.call('GET', KEYS[4])
if earlier then return earlier end
local began = redis.call('GET', KEYS[1])
if not began then
  began = ARGV[1] .. '.0-0'
  redis.call('SET', KEYS[1], began)
end
local epoch = string.match(began, '^%x+')
local fields = {'epoch', epoch, 'room', ARGV[2], 'data', ARGV[3]}
local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', unpack(fields))
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], id, unpack(fields))
redis.call('EXPIRE', KEYS[3], ARGV[6])
id = epoch .. '.' .. id
redis.call('SET', KEYS[4], id, 'EX', ARGV[7])
return id
"""

# What the stream KEYS[3] holds behind the id ARGV[3], all of it where that id is of another epoch.
LOOK = """
local began = redis.call('GET', KEYS[1])
if not began then
  began = ARGV[1] .. '.0-0'
  redis.call('SET', KEYS[1], began)
end
local start = '-'
if string.match(began, '^%x+') == ARGV[2] then start = '(' .. ARGV[3] end
local facts, info = {}, redis.pcall('XINFO', 'STREAM', KEYS[3])
for i = 1, #info, 2 do facts[info[i]] = info[i + 1] end
local whole = facts['entries-added'] == facts['length'] and 1 or 0
local tip = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
local first = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)
return {
  began, tip[1] and tip[1][1] or '0-0', first[1] and first[1][1] or '', whole, redis.call('TIME')[1],
  redis.call('XRANGE', KEYS[3], start, '+', 'COUNT', ARGV[4])
}
"""


@dataclass(frozen=True)
class Look:
    """What Redis said of a stream.

    Attributes:
        began: where the epoch did.
        tip: the last event of all.
        since: all after this is still there.
        events: those asked for.
    """

    began: Position
    tip: Position
    since: Position
    events: Sequence[Event]

    @classmethod
    def of(cls, answer: Sequence[Any], after: Position | None) -> Self:
        """Read the script's answer."""
        began = Position.parse(answer[0].decode())
        if began is None:
            raise RedisError(f"{EPOCH} holds no position")
        tip = place_of(began.epoch, answer[1])
        recent = after is not None and after.time / 1000 > int(answer[4]) - ROOM_SECONDS
        unbroken = answer[3] == 1 and (recent or after == began)
        since = began if unbroken else _before(place_of(began.epoch, answer[2])) if answer[2] else tip
        return cls(began, tip, since, [*events_of(answer[5] or ())])


def place_of(epoch: str, number: bytes) -> Position:
    """The position of a stream's entry."""
    time, _, rest = number.decode().partition("-")
    return Position(epoch, int(time), int(rest))


def _before(place: Position) -> Position:
    if place.number:
        return place._replace(number=place.number - 1)
    return place._replace(time=place.time - 1, number=LAST_NUMBER)


def events_of(entries: Sequence[Any]) -> Iterator[Event]:
    """The events of a stream's entries."""
    return (event for number, fields in entries if (event := event_of(number, fields)))


def event_of(number: bytes, fields: Any) -> Event | None:  # noqa: ANN401 - a mapping where redis-py parsed the answer
    """The event of an entry; None where the service cannot have written it."""
    values = fields if isinstance(fields, Mapping) else dict(zip(fields[::2], fields[1::2], strict=True))
    try:
        at, content = place_of(values[b"epoch"].decode(), number), json.loads(values[b"data"])
        return Event(
            at,
            values[b"room"].decode(),
            {"type": content["body"]["type"], **content["body"]},
            frozenset(content["only"]),
        )
    except (ValueError, KeyError, TypeError):
        log.warning("an event cannot be read", extra={"entry": number.decode()})
        return None


def question(stream: str, after: Position | None, count: int) -> tuple[list[str], list[Any]]:
    """Keys and arguments of LOOK.

    Args:
        stream: of a room, or of all.
        after: where the events that are wanted begin.
        count: how many, at most.
    """
    known = after or Position("none")
    return [EPOCH, ALL, stream], [new_epoch(), known.epoch, f"{known.time}-{known.number}", count]
