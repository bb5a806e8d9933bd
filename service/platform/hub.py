"""Rooms: who listens where, and what each is sent.

A client that names the last event it saw gets everything after it, then what happens now, none twice and none missed:
it is subscribed first, what comes meanwhile waits behind the history, and what the history covers is skipped.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import Enum

from fastapi import status

from service.platform.bus import Body, Bus, Event, History, Position
from service.platform.errors import UnavailableError
from service.platform.metrics import Metrics
from service.platform.outbox import CloseError, Outbox


class Mark(Enum):
    """What waits among the frames and is none."""

    CATCH_UP = "catch up"


Entry = Event | str | Mark


def frame(kind: str, **values: object) -> str:
    """A frame that is no event of the bus."""
    return json.dumps({"type": kind, **values}, separators=(",", ":"))


class Subscriber:
    """One WebSocket in one room.

    Args:
        hub: where it listens.
        room: what to.
        user: who it is.
        outbox: how to reach it.
        last_id: the last event it saw, if it wants those since.
    """

    def __init__(self, hub: "Hub", room: str, user: str, outbox: Outbox[Entry], last_id: str | None) -> None:
        self.hub = hub
        self.room = room
        self.user = user
        self.outbox = outbox
        self.behind = last_id is not None
        self.last_id = last_id or str(hub.bus.position or "")
        self._after = Position.parse(self.last_id)
        self._tip: Position | None = None

    def tell(self, kind: str, **values: object) -> None:
        """Queue a frame for this socket alone."""
        self.outbox.put(frame(kind, **values))

    async def write(self) -> None:
        """Send what is due until the socket must close.

        Raises:
            CloseError: always, in the end.
        """
        while True:
            entry = await self.outbox.next()
            if entry is Mark.CATCH_UP:
                await self._catch_up()
            elif isinstance(entry, Event):
                await self._pass_on(entry)
            else:
                await self._send(entry)

    async def _pass_on(self, event: Event) -> None:
        if not self.behind and not (self._tip and self._tip.reaches(event.at)):
            await self._send(event.text)

    async def _catch_up(self) -> None:
        history = await self._missed() if self.behind else None
        if history is None:
            return
        if history.gap:
            await self._send(frame("gap", last_id=str(history.gap)))
        for event in history.events:
            if event.concerns(self.user):
                await self._send(event.text)
        self._tip, self.behind = history.tip, False

    async def _missed(self) -> History | None:
        """The history; None where the bus is away, which will say when it is back."""
        try:
            return await self.hub.bus.history(self.room, self._after)
        except UnavailableError:
            if self.hub.degraded:
                return None
            raise CloseError(status.WS_1013_TRY_AGAIN_LATER, "the history cannot be read, reconnect") from None

    async def _send(self, text: str) -> None:
        await self.outbox.send(text)
        self.hub.metrics.frames_sent.inc()


class Hub:
    """Brings what the bus delivers to the subscribers; a `Listener`.

    Args:
        bus: carries events between processes.
        metrics: receives what is sent, dropped, and whether the bus is away.
    """

    def __init__(self, bus: Bus, metrics: Metrics) -> None:
        self.bus = bus
        self.metrics = metrics
        self._rooms: defaultdict[str, set[Subscriber]] = defaultdict(set)

    @property
    def degraded(self) -> bool:
        """Whether nothing can be published right now."""
        return self.bus.degraded

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver while the block runs."""
        async with self.bus.running(self):
            yield

    async def publish(self, room: str, event: Body, *, key: str | None = None, only: Collection[str] = ()) -> str:
        """Tell everyone in the room, in every process; the value is the event's id.

        Args:
            room: where.
            event: what clients see, `type` included.
            key: names this event: published again within ten minutes, it answers the same id and is not told twice.
            only: users who may see it; empty means everyone.

        Raises:
            UnavailableError: it is not known to have been told; publish it again with the same key.
        """
        return str(await self.bus.publish(room, event, key=key, only=frozenset(only)))

    @contextmanager
    def subscribed(self, subscriber: Subscriber) -> Iterator[None]:
        """Deliver to the subscriber while the block runs."""
        room = self._rooms[subscriber.room]
        room.add(subscriber)
        subscriber.outbox.put(Mark.CATCH_UP)
        try:
            yield
        finally:
            room.discard(subscriber)
            if not room:
                self._rooms.pop(subscriber.room, None)

    def count(self, room: str, user: str) -> int:
        """How many of the user's sockets of this process are in the room."""
        return sum(subscriber.user == user for subscriber in self._rooms.get(room, ()))

    def deliver(self, event: Event) -> None:
        """Queue the event for all in its room whom it concerns."""
        for subscriber in self._rooms.get(event.room, ()):
            if event.concerns(subscriber.user):
                subscriber.outbox.put(event)

    def state(self, *, degraded: bool) -> None:
        """Tell every socket that the bus went away or came back."""
        self.metrics.hub_degraded.set(degraded)
        for subscriber in self._all():
            subscriber.tell("state", degraded=degraded)
            if not degraded:
                subscriber.outbox.put(Mark.CATCH_UP)

    def lost(self, since: Position) -> None:
        """Tell every socket that something may be missing."""
        for subscriber in self._all():
            subscriber.tell("gap", last_id=str(since))

    def _all(self) -> Iterator[Subscriber]:
        return (subscriber for room in self._rooms.values() for subscriber in room)
