"""What the lifespan owns: opened before the first request, closed after the last, in the opposite order."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from redis.asyncio import Redis

from service import __version__
from service.api.state import State
from service.platform import logs
from service.platform.background import running
from service.platform.bus import Bus, MemoryBus
from service.platform.cache import Cache
from service.platform.computing import Computing
from service.platform.database import Database, engine_of
from service.platform.hub import Hub
from service.platform.keys import Keyring
from service.platform.lifecycle import Lifecycle
from service.platform.metrics import Metrics
from service.platform.pagination import Cursors
from service.platform.passwords import Passwords
from service.platform.probes import Check, Health
from service.platform.ratelimit import Limiter
from service.platform.redis import open_redis
from service.platform.schema import Schema
from service.platform.secrets import Secrets
from service.platform.sockets import Sockets
from service.platform.streams import RedisBus
from service.platform.tokens import LEEWAY_SECONDS, Tokens
from service.settings import Settings, rate_of

if TYPE_CHECKING:
    from service.platform.telemetry import Telemetry

MIGRATIONS = Path(__file__).parent / "migrations"


@asynccontextmanager
async def opened(
    settings: Settings, lifecycle: Lifecycle, metrics: Metrics, health: Health, telemetry: "Telemetry | None"
) -> AsyncIterator[State]:
    """Open everything, serve while the block runs, and close it."""
    async with AsyncExitStack() as stack:
        asyncio.get_running_loop().set_exception_handler(logs.report_task_crash)
        if telemetry:
            await stack.enter_async_context(telemetry.exporting())
        secrets = _secrets(settings)
        keys = _keyring(settings, secrets)
        database = _database(settings, secrets, metrics)
        stack.callback(database.close)
        redis = open_redis(settings.redis_url, secrets) if settings.redis_url else None
        if redis:
            stack.push_async_callback(redis.aclose)
        computing = Computing(metrics, settings.compute_at_once)
        stack.callback(computing.close)
        health.checks = _checks(database, redis)
        lifecycle.on_drain(lambda: metrics.draining.set(1))
        sockets = Sockets(lifecycle, metrics.sockets)
        hub = Hub(_bus(settings, redis, metrics), metrics)
        health.facts["rooms"] = lambda: {"degraded": hub.degraded}
        await stack.enter_async_context(hub.running())
        await stack.enter_async_context(running(secrets.watch(settings.secrets_poll_seconds)))
        await stack.enter_async_context(health.watched())
        stack.enter_context(lifecycle.handling_signals())
        lifecycle.started = True
        yield State(
            database=database,
            sockets=sockets,
            item_cursors=Cursors(keys, "items"),
            user_cursors=Cursors(keys, "users"),
            tokens=Tokens(keys, seconds=settings.token_seconds),
            passwords=Passwords(),
            limiter=_limiter(settings, redis, metrics),
            cache=_cache(settings, redis, metrics),
            secrets=secrets,
            computing=computing,
            hub=hub,
            settings=settings,
        )


def _secrets(settings: Settings) -> Secrets:
    """The secrets as they are now: a worker may have been forked long after the settings were read."""
    secrets = Secrets(settings.secrets, settings.secret_files, settings.refusal)
    secrets.refresh()
    secrets.on_change(lambda _name, value: logs.hide([value]))
    logs.hide(secrets.values())
    return secrets


def _keyring(settings: Settings, secrets: Secrets) -> Keyring:
    keys = Keyring(
        secrets["signing_key"].encode(),
        secrets["previous_signing_key"].encode(),
        overlap=settings.secrets_overlap_seconds,
        lifetime=settings.token_seconds + LEEWAY_SECONDS,
    )
    keys.look = secrets.look
    takers = {"signing_key": keys.rotate, "previous_signing_key": keys.replace_previous}
    secrets.on_change(lambda name, value: takers[name](value.encode()) if name in takers else None)
    return keys


def _database(settings: Settings, secrets: Secrets, metrics: Metrics) -> Database:
    engine = engine_of(
        settings.database,
        size=settings.database_pool_size,
        statement_seconds=settings.database_statement_seconds,
        secrets=secrets,
    )
    return Database(
        engine,
        engine_of(settings.database, name="slipway-probe", secrets=secrets),
        metrics,
        size=settings.database_pool_size,
        wait_seconds=settings.database_wait_seconds,
    )


def _checks(database: Database, redis: Redis | None) -> Mapping[str, Check]:
    schema = Schema(MIGRATIONS)

    async def check_database() -> str:
        return await database.inspect(schema.check)

    if redis is None:
        return {"database": check_database}

    async def check_redis() -> str:
        await redis.ping()
        return "answers"

    return {"database": check_database, "redis": check_redis}


def _limiter(settings: Settings, redis: Redis | None, metrics: Metrics) -> Limiter:
    return Limiter(
        metrics.redis_errors.labels("rate limit"),
        redis=redis,
        default=rate_of(settings.rate_limit),
        login=rate_of(settings.login_rate_limit),
    )


def _bus(settings: Settings, redis: Redis | None, metrics: Metrics) -> Bus:
    kept = settings.room_history
    return RedisBus(redis, metrics.redis_errors.labels("rooms"), kept) if redis else MemoryBus(kept)


def _cache(settings: Settings, redis: Redis | None, metrics: Metrics) -> Cache:
    return Cache(metrics, redis, release=__version__, seconds=settings.cache_seconds, entries=settings.cache_entries)
