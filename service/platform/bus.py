"""Where the events of rooms go and come from: within one process here, across processes in `streams`.

Every process delivers what comes back from the bus and nothing else, the sender's own included: one path, one order.
"""

import asyncio
import json
import re
import uuid
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol, Self

from cachetools import TTLCache

Body = Mapping[str, Any]
SHAPE = re.compile(r"([0-9a-f]{8})\.([0-9]{1,16})-([0-9]{1,20})")
KEY_SECONDS = 600  # how long a repeated key is recognised
KEYS = 100_000  # of them in one process
ROOMS = 10  # a process keeps as many events as this many full rooms have


class Position(NamedTuple):
    """A place in the order of all events; its text is an event's id.

    Attributes:
        epoch: names a history without loss. Another begins where events may have been lost, and positions of two
            epochs cannot be compared: what a client saw in one proves nothing about the other.
        time: grows.
        number: grows while `time` stays.
    """

    epoch: str
    time: int = 0
    number: int = 0

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The position that the text means; None where it means none."""
        found = SHAPE.fullmatch(text)
        return cls(found[1], int(found[2]), int(found[3])) if found else None

    def __str__(self) -> str:
        return f"{self.epoch}.{self.time}-{self.number}"

    def reaches(self, other: Self) -> bool:
        """Whether the other lies here or before, in the same epoch."""
        return self.epoch == other.epoch and self >= other


def new_epoch() -> str:
    """A name that no epoch had before."""
    return uuid.uuid4().hex[:8]


@dataclass(frozen=True)
class Event:
    """Something that happened in a room.

    Attributes:
        at: its place in the order.
        room: where.
        body: what clients see of it, beside its id.
        only: users it is meant for; empty means everyone in the room.
    """

    at: Position
    room: str
    body: Body
    only: frozenset[str] = frozenset()

    @cached_property
    def text(self) -> str:
        """The frame for clients, rendered once however many they are."""
        return json.dumps({"type": self.body["type"], "id": str(self.at), **self.body}, separators=(",", ":"))

    def concerns(self, user: str) -> bool:
        """Whether the user may see it."""
        return not self.only or user in self.only


@dataclass(frozen=True)
class History:
    """What a room still knows of what happened after a position.

    Attributes:
        events: in order.
        tip: the last event of all when this was read: what comes live and lies before is here or was not asked for.
        gap: where something is missing: all that happened after this position is here; None where nothing is missing.
    """

    events: Sequence[Event]
    tip: Position
    gap: Position | None = None


class Listener(Protocol):
    """Is told by the bus; none of it may block."""

    def deliver(self, event: Event) -> None:
        """An event, in the order of the bus."""

    def state(self, *, degraded: bool) -> None:
        """The bus went away, or came back."""

    def lost(self, since: Position) -> None:
        """Events before this position may never come."""


class Bus(Protocol):
    """Carries events between the processes of the service."""

    @property
    def degraded(self) -> bool:
        """Whether nothing can be published right now."""

    @property
    def position(self) -> Position | None:
        """The last event delivered here; None before the bus answered for the first time."""

    def running(self, listener: Listener) -> AbstractAsyncContextManager[None]:
        """Deliver to the listener while the block runs."""

    async def publish(self, room: str, body: Body, *, key: str | None, only: frozenset[str]) -> Position:
        """Add an event, once for each key of a room within ten minutes; the position is that of the first time.

        Raises:
            UnavailableError: it is not known to have been added; publish it again with the same key.
        """

    async def history(self, room: str, after: Position | None) -> History:
        """What happened in the room after the position; everything there is, with a gap, where that is not known.

        Raises:
            UnavailableError: the bus does not answer.
        """


@dataclass
class Kept:
    """A room's last events: all of them after `since`."""

    since: Position
    events: deque[Event] = field(default_factory=deque)

    def forget_first(self) -> None:
        """Forget the oldest."""
        self.since = self.events.popleft().at


class MemoryBus:
    """A bus within this process, which forgets with it.

    Args:
        kept: events of one room that can be asked for again; all rooms together keep ten times as many.
    """

    degraded = False

    def __init__(self, kept: int) -> None:
        self.position = Position(new_epoch())
        self._kept = kept
        self._total = 0
        self._since = self.position
        self._rooms: OrderedDict[str, Kept] = OrderedDict()
        self._keys: TTLCache[tuple[str, str], Position] = TTLCache(KEYS, KEY_SECONDS)
        self._listener: Listener | None = None

    @asynccontextmanager
    async def running(self, listener: Listener) -> AsyncIterator[None]:
        """Deliver to the listener while the block runs."""
        self._listener = listener
        yield
        self._listener = None

    async def publish(self, room: str, body: Body, *, key: str | None, only: frozenset[str]) -> Position:
        """Add an event and deliver it at once."""
        if key is not None and (earlier := self._keys.get((room, key))):
            return earlier
        self.position = self.position._replace(time=self.position.time + 1)
        event = Event(self.position, room, body, only)
        if key is not None:
            self._keys[room, key] = event.at
        self._keep(event)
        if self._listener:
            self._listener.deliver(event)
        await asyncio.sleep(0)  # who speaks without pause lets the others hear it
        return event.at

    def _keep(self, event: Event) -> None:
        room = self._rooms.setdefault(event.room, Kept(self._since))
        self._rooms.move_to_end(event.room)
        room.events.append(event)
        self._total += 1
        if len(room.events) > self._kept:
            room.forget_first()
            self._total -= 1
        while self._total > self._kept * ROOMS:
            self._forget_room()

    def _forget_room(self) -> None:
        """Forget the room in which nothing has happened for longest."""
        _, room = self._rooms.popitem(last=False)
        self._total -= len(room.events)
        self._since = max(self._since, room.events[-1].at)

    async def history(self, room: str, after: Position | None) -> History:
        """What happened in the room after the position."""
        kept = self._rooms.get(room) or Kept(self._since)
        if after is None or not after.reaches(kept.since):
            return History([*kept.events], self.position, gap=kept.since)
        return History([event for event in kept.events if event.at > after], self.position)
