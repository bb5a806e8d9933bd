"""A bus across processes, on Redis or Valkey Streams.

An event is added by one script: to the stream `all`, which every process reads on one connection however many sockets
it holds, and under the same id to the stream of its room, from which a client catches up. While Redis is away nothing
is acknowledged, so nothing acknowledged is lost; afterwards each process continues behind the last event it delivered.
"""

import asyncio
import json
import logging
import random
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from prometheus_client import Counter
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from service.platform.background import running
from service.platform.bus import KEY_SECONDS, ROOMS, Body, Event, History, Listener, Position, new_epoch
from service.platform.circuit import AwayError, Circuit
from service.platform.errors import UnavailableError
from service.platform.stream_scripts import (
    ALL,
    EPOCH,
    LOOK,
    PREFIX,
    PUBLISH,
    ROOM_SECONDS,
    Look,
    event_of,
    place_of,
    question,
)

log = logging.getLogger("service.streams")
NAME = "slipway-hub"  # of the reading connection, in CLIENT LIST
PATIENCE_SECONDS = 1.0  # what Redis may cost a message
BLOCK_SECONDS = 1.0  # a read ends by then, so that a peer that died without a word is noticed
AT_ONCE = 200  # events of one read
LONGEST_PAUSE_SECONDS = 2.0  # between two attempts to read again
UNBOUNDED = 1_000_000


class RedisBus:
    """A bus across processes.

    Args:
        redis: for what is asked now and then; the reading connection is made like its own.
        failures: counts what was asked in vain.
        kept: events of one room that can be asked for again, about; of all rooms together ten times as many wait for a
            process that could not read.
    """

    def __init__(self, redis: Redis, failures: Counter, kept: int) -> None:
        self.degraded = True
        self.position: Position | None = None
        self.redis = redis
        self._reader = _reader_like(redis)
        self._publish, self._look = redis.register_script(PUBLISH), redis.register_script(LOOK)
        self._failures = failures
        self._kept = kept
        self._circuit = Circuit("rooms", PATIENCE_SECONDS)
        self._answered = asyncio.Event()

    @asynccontextmanager
    async def running(self, listener: Listener) -> AsyncIterator[None]:
        """Deliver to the listener while the block runs, from the first moment on where Redis is there."""
        async with self._reader, running(self._read(listener)):
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._answered.wait()
            yield

    async def publish(self, room: str, body: Body, *, key: str | None, only: frozenset[str]) -> Position:
        """Add an event in one step, whatever becomes of the connection meanwhile."""
        name = key or uuid.uuid4().hex  # the client may send the script twice over a broken connection
        data = json.dumps({"body": body, "only": sorted(only)})
        keys = [EPOCH, ALL, PREFIX + f"room:{room}", PREFIX + f"key:{room}:{name}"]
        limits = [self._kept * ROOMS, self._kept, ROOM_SECONDS, KEY_SECONDS]
        answer = await self._ask(self._publish, keys, [new_epoch(), room, data, *limits])
        position = Position.parse(answer.decode())
        assert position is not None  # noqa: S101 - the script writes nothing else
        return position

    async def history(self, room: str, after: Position | None) -> History:
        """What happened in the room after the position."""
        keys, arguments = question(PREFIX + f"room:{room}", after, UNBOUNDED)
        look = Look.of(await self._ask(self._look, keys, arguments), after)
        known = after is not None and after.reaches(look.since)
        return History(look.events, look.tip, gap=None if known else look.since)

    async def _ask(self, script: Any, keys: list[str], arguments: list[Any]) -> Any:  # noqa: ANN401 - redis-py's own
        if self.degraded:
            raise UnavailableError("The rooms cannot reach the other processes; try again in a moment.")
        try:
            return await self._circuit.ask(lambda: script(keys=keys, args=arguments), insist=True)
        except AwayError:
            self._failures.inc()
            raise UnavailableError("The rooms got no answer; try again in a moment.") from None

    async def _read(self, listener: Listener) -> None:
        """Deliver for ever; pauses grow and differ, so that the processes do not all come back at once."""
        failures = 0
        while True:
            try:
                await self._resume(listener)
                failures = 0
                while True:
                    await self._deliver_next(listener)
            except (RedisError, OSError, TimeoutError) as error:
                failures += 1
                self._note_away(listener, error)
            except Exception:
                log.exception("the rooms cannot be read")  # and never will be, if this task ends
            await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, 0.05 * 2**failures) * random.uniform(0.5, 1))  # noqa: S311

    def _note_away(self, listener: Listener, error: Exception) -> None:
        self._failures.inc()
        if not self.degraded or not self._answered.is_set():
            log.warning("redis is away", extra={"purpose": "rooms", "cause": type(error).__name__})
            self.degraded = True
            self._answered.set()
            listener.state(degraded=True)

    async def _resume(self, listener: Listener) -> None:
        """Find the place from which to read on, and tell whether anything before it may be lost."""
        keys, arguments = question(ALL, self.position, 0)
        look = Look.of(await self._reader.register_script(LOOK)(keys=keys, args=arguments), self.position)
        before, self.position = self.position, await self._continue(look)
        if before != self.position:
            listener.lost(self.position)
        if self._answered.is_set():
            log.info("redis is back", extra={"purpose": "rooms"})
        self.degraded = False
        self._answered.set()
        listener.state(degraded=False)

    async def _continue(self, look: Look) -> Position:
        if self.position is None:
            return look.tip
        if self.position.epoch != look.began.epoch:
            return look.began
        if not look.tip.reaches(self.position):
            return await self._begin_anew(look.tip)
        return self.position if self.position.reaches(look.since) else look.since

    async def _begin_anew(self, tip: Position) -> Position:
        """Redis came back from an older copy of itself: what clients saw since proves nothing any more."""
        began = tip._replace(epoch=new_epoch())
        await self._reader.set(EPOCH, str(began))
        return began

    async def _deliver_next(self, listener: Listener) -> None:
        assert self.position is not None  # noqa: S101 - known since the resumption
        after = f"{self.position.time}-{self.position.number}"
        answer: Any = await self._reader.xread({ALL: after}, count=AT_ONCE, block=int(BLOCK_SECONDS * 1000))
        for _, entries in answer.items() if isinstance(answer, Mapping) else answer:
            for number, fields in entries:
                self._deliver(number, event_of(number, fields), listener)

    def _deliver(self, number: bytes, event: Event | None, listener: Listener) -> None:
        assert self.position is not None  # noqa: S101 - as above
        if event and event.at.epoch != self.position.epoch:
            raise RedisError("it was emptied meanwhile")
        self.position = place_of(self.position.epoch, number)
        if event:
            listener.deliver(event)


def _reader_like(redis: Redis) -> Redis:
    shared = redis.connection_pool
    own = {"client_name": NAME, "socket_timeout": BLOCK_SECONDS + PATIENCE_SECONDS, "retry": Retry(NoBackoff(), 0)}
    options = {**shared.connection_kwargs, **own}
    return Redis.from_pool(ConnectionPool(shared.connection_class, max_connections=1, **options))
