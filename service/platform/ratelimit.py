"""Rate limits per client, exact across processes where they share Redis, told as RateLimit headers.

The header fields are those of draft-ietf-httpapi-ratelimit-headers-11. The sliding window counter takes two numbers
a client, however many requests: a moving window kept 40 kB for 2,000.
"""

import math
import time
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from prometheus_client import Counter
from redis.asyncio import Redis
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.platform.circuit import AwayError, Circuit
from service.platform.errors import LimitedError, Problem, UnauthorizedError
from service.platform.identity import Verifier

STANDINGS = "slipway.standings"
PATIENCE_SECONDS = 0.5  # what Redis may cost a request
NETWORK_BITS = 64  # whoever has one IPv6 address has the 2**64 beside it


@dataclass(frozen=True)
class Rule:
    """A limit.

    Attributes:
        name: what the headers call it.
        item: how many requests in which time.
        always: count in this process where Redis is away, rather than not at all.
    """

    name: str
    item: RateLimitItem
    always: bool = False


@dataclass(frozen=True)
class Standing:
    """How a client stands with a rule after a request."""

    rule: Rule
    within: bool
    remaining: int
    reset: int
    """Seconds until one more request fits; always more than 0."""

    @property
    def policy(self) -> str:
        """The member of `RateLimit-Policy`."""
        return f'"{self.rule.name}";q={self.rule.item.amount};w={self.rule.item.get_expiry()}'

    @property
    def state(self) -> str:
        """The member of `RateLimit`."""
        return f'"{self.rule.name}";r={self.remaining};t={self.reset}'


class Limiter:
    """Counts requests.

    Args:
        failures: counts what was asked of Redis in vain.
        redis: shared by all processes; without it each process counts for itself.
        default: the rule of every request, by user where known.
        login: the rule of what guesses passwords and makes users, by address.
    """

    def __init__(
        self,
        failures: Counter,
        *,
        redis: Redis | None = None,
        default: RateLimitItem | None = None,
        login: RateLimitItem | None = None,
    ) -> None:
        self.default = Rule("default", default) if default else None
        self.login = Rule("login", login, always=True) if login else None
        self._failures = failures
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = _shared_by(redis) if redis else None
        self._circuit = Circuit("rate limits", PATIENCE_SECONDS)

    async def count(self, rule: Rule, client: str) -> Standing | None:
        """Count one request; None where Redis is away and the rule yields to that."""
        if self._shared is None:
            return await _hit(self._own, rule, client)
        shared = self._shared
        try:
            return await self._circuit.ask(lambda: _hit(shared, rule, client))
        except AwayError:
            self._failures.inc()
        return await _hit(self._own, rule, client) if rule.always else None


def _shared_by(redis: Redis) -> SlidingWindowCounterRateLimiter:
    """The library wants an address, too, and uses only the pool."""
    storage = RedisStorage(
        "async+redis://localhost:6379",
        implementation="redispy",
        key_prefix="slipway:limit",
        connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # its options are typed as plain values
    )
    return SlidingWindowCounterRateLimiter(storage)


async def _hit(limiter: SlidingWindowCounterRateLimiter, rule: Rule, client: str) -> Standing:
    within = await limiter.hit(rule.item, rule.name, client)
    window = await limiter.get_window_stats(rule.item, rule.name, client)
    reset = max(0, math.floor(window.reset_time - time.time())) + 1
    return Standing(rule, within, window.remaining if within else 0, reset)


async def enforce(scope: Scope, limiter: Limiter, rule: Rule | None, client: str) -> None:
    """Count one request against the rule, and leave the standing for the answer's headers.

    Raises:
        LimitedError: too many.
    """
    standing = await limiter.count(rule, client) if rule else None
    if standing is None:
        return
    scope[STANDINGS].append(standing)
    if not standing.within:
        raise LimitedError(f"Too many requests; try again in {standing.reset} s.", {"Retry-After": str(standing.reset)})


def address_of(scope: Scope) -> str:
    """The client's address as the server resolved it, an IPv6 one by its network.

    The server believes X-Forwarded-For only where a proxy of ours wrote it; the layers never read that header.
    """
    text = (scope.get("client") or ("unknown",))[0]
    try:
        address = ip_address(text)
    except ValueError:
        return str(text)
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), NETWORK_BITS), strict=False))


def client_of(scope: Scope, verifier: Verifier) -> str:
    """The user where a token proves one, else the address: a made-up token makes nobody a new client."""
    offered = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    scheme, _, token = offered.partition(b" ")
    if scheme.lower() == b"bearer":
        try:
            return f"user {verifier.verify(token.strip().decode('latin-1')).subject}"
        except UnauthorizedError:
            pass
    return address_of(scope)


class RateLimitLayer:
    """Limit every request but the exempt, and tell in each limited answer how the client stands.

    Args:
        app: what is inside.
        exempt: paths never limited.
    """

    def __init__(self, app: ASGIApp, exempt: Collection[str]) -> None:
        self.app = app
        self.exempt = exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or answer 429."""
        if scope["type"] != "http" or scope["path"] in self.exempt:
            await self.app(scope, receive, send)
            return
        standings: list[Standing] = []
        scope[STANDINGS] = standings

        async def send_with_standings(message: Message) -> None:
            await send(_with(message, standings) if standings else message)

        try:
            await self._limit(scope)
        except LimitedError as error:
            await Problem(error.status, str(error), headers=error.headers)(scope, receive, send_with_standings)
            return
        await self.app(scope, receive, send_with_standings)

    async def _limit(self, scope: Scope) -> None:
        limiter: Limiter = scope["state"]["limiter"]
        if limiter.default:
            await enforce(scope, limiter, limiter.default, client_of(scope, scope["state"]["tokens"]))


def _with(message: Message, standings: list[Standing]) -> Message:
    if message["type"] != "http.response.start":
        return message
    policy = ", ".join(standing.policy for standing in standings).encode()
    state = ", ".join(standing.state for standing in standings).encode()
    told = (b"ratelimit-policy", policy), (b"ratelimit", state)
    return {**message, "headers": [*message.get("headers", ()), *told]}
