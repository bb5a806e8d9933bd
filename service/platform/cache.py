"""Serialised answers, kept in this process and in Redis; a failing Redis never fails a request.

What never changes is kept in both layers. What a write can change is kept in Redis alone, so that no process answers
older than another: each entry names the generation that its key had before the database was read, and a write gives
the key a new one after its commit. An answer that was read before the write and arrives after it is of a generation
that nobody reads. Where Redis is away these answers are not cached; where a write cannot tell Redis, others who still
reach it may be answered as before the write until the entry's time is over: `settings.cache_seconds` at most, and
`slipway_redis_errors_total{use="cache forget"}` counts it.
"""

import hashlib
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Self, cast

from cachetools import TLRUCache
from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from service.platform.circuit import AwayError, Circuit
from service.platform.flights import Flights
from service.platform.metrics import Metrics

PREFIX = "slipway:cache"
PATIENCE_SECONDS = 0.1  # what Redis may cost a request
LARGEST_BYTES = 65_536  # of one answer; larger ones are made again each time
JITTER = 0.1  # of the time to live, so that what was made together is not made again together
# The generation KEYS[1], and KEYS[2] where there is one; a lost generation is replaced, never assumed.
FIND = """
local generation = redis.call('GET', KEYS[1])
if generation then return {generation, redis.call('GET', KEYS[2])} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {ARGV[1], false}
"""


@dataclass(frozen=True)
class Answer:
    """A body, and its strong entity tag with the quotes (RFC 9110, 8.8.3)."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, body: bytes) -> Self:
        """An answer whose tag is made of its content, so that it is the same in every process."""
        return cls(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


Maker = Callable[[], Awaitable[Answer]]


class Cache:
    """Both layers.

    Args:
        metrics: receives hits and misses by layer, and what was asked of Redis in vain.
        redis: shared by all processes; without it only what never changes is cached.
        release: of the code that writes answers: another one's are not read. Generations are of all releases.
        seconds: longest time an answer is kept; 0 keeps none.
        entries: most answers kept in this process.
    """

    def __init__(self, metrics: Metrics, redis: Redis | None, *, release: str, seconds: float, entries: int) -> None:
        self._reads, self._failures = metrics.cache_reads, metrics.redis_errors
        self._redis = redis if seconds else None
        self._find = self._redis.register_script(FIND) if self._redis else None
        self._release = release
        self._seconds = seconds
        self._own: TLRUCache[str, Answer] = TLRUCache(
            entries, lambda _key, _answer, now: now + self._lifetime(), timer=time.monotonic
        )
        self._flights: Flights[Answer] = Flights()
        self._circuit = Circuit("cache", PATIENCE_SECONDS)

    async def constant(self, key: str, make: Maker) -> Answer:
        """An answer that is the same for everybody and for ever; made once for all who ask at the same time."""
        answer = self._own.get(key)
        self._count("process", answer)
        return answer or await self._flights.join(key, lambda: self._find_constant(key, make))

    async def _find_constant(self, key: str, make: Maker) -> Answer:
        stored = await self._load(self._redis, key) if self._redis else None
        answer = stored or await make()
        if self._seconds and len(answer.body) <= LARGEST_BYTES:
            self._own[key] = answer
        if self._redis and stored is None:
            await self._store(self._redis, key, "", answer)
        return answer

    async def _load(self, redis: Redis, key: str) -> Answer | None:
        try:
            found = await self._circuit.ask(lambda: redis.get(self._entry(key)))
        except AwayError:
            self._failures.labels("cache read").inc()
            return None
        answer = _unpack(cast("bytes | None", found), "")
        self._count("shared", answer)
        return answer

    async def changing(self, key: str, make: Maker, form: str = "") -> Answer:
        """An answer that a write may change.

        Args:
            key: names whoever it is for, too; `forget` it after each write.
            make: makes the answer.
            form: which of the key's answers it is; all are forgotten together.
        """
        redis, find, entry = self._redis, self._find, f"{key} {form}"
        if redis is None or find is None:
            return await make()
        try:
            generation, stored = await self._circuit.ask(lambda: self._look_up(find, key, entry))
        except AwayError:
            self._failures.labels("cache read").inc()
            return await make()
        self._count("shared", stored)
        # Who comes after a write has a later generation, and so never joins work that began before it.
        return stored or await self._flights.join(
            f"{entry} {generation}", lambda: self._fill(redis, entry, generation, make)
        )

    async def _look_up(self, find: AsyncScript, key: str, entry: str) -> tuple[str, Answer | None]:
        """The key's generation, and its answer of that generation."""
        keys = [_generation(key), self._entry(entry)]
        answer = await find(keys=keys, args=[secrets.token_hex(8), self._generation_time])
        current, found = cast("tuple[bytes, bytes | None]", answer)
        generation = current.decode()
        return generation, _unpack(found, generation)

    async def _fill(self, redis: Redis, entry: str, generation: str, make: Maker) -> Answer:
        answer = await make()
        await self._store(redis, entry, generation, answer)
        return answer

    async def forget(self, key: str) -> None:
        """Make every process ask the database again; call it after the commit and before the write is acknowledged."""
        if self._redis is None:
            return
        redis, generation = self._redis, secrets.token_hex(8)
        try:
            await self._circuit.ask(
                lambda: redis.set(_generation(key), generation, px=self._generation_time), insist=True
            )
        except AwayError:
            self._failures.labels("cache forget").inc()

    @property
    def _generation_time(self) -> int:
        """Milliseconds; twice an answer's, which so never outlives what vouches for it."""
        return int(self._seconds * 2000)

    async def _store(self, redis: Redis, entry: str, generation: str, answer: Answer) -> None:
        if len(answer.body) > LARGEST_BYTES:
            return
        packed = _pack(answer, generation)
        try:
            await self._circuit.ask(lambda: redis.set(self._entry(entry), packed, px=int(self._lifetime() * 1000)))
        except AwayError:
            self._failures.labels("cache write").inc()

    def _lifetime(self) -> float:
        return self._seconds * (1 - random.uniform(0, JITTER))  # noqa: S311 - nothing to guess

    def _entry(self, key: str) -> str:
        return f"{PREFIX}:{self._release}:{key}"

    def _count(self, layer: Literal["process", "shared"], answer: Answer | None) -> None:
        self._reads.labels(layer, "hit" if answer else "miss").inc()


def _generation(key: str) -> str:
    return f"{PREFIX}:generation:{key}"


def _pack(answer: Answer, generation: str) -> bytes:
    return f"{generation}\n{answer.etag}\n".encode() + answer.body


def _unpack(packed: bytes | None, generation: str) -> Answer | None:
    """The answer, if there is one of this generation."""
    found, _, rest = (packed or b"").partition(b"\n")
    etag, separator, body = rest.partition(b"\n")
    return Answer(body, etag.decode()) if separator and found.decode() == generation else None
