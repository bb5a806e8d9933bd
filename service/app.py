"""The composition: `create_app(settings)` builds everything, and nothing happens at import."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from redis.asyncio import Redis
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp

from service import __version__
from service.api import compute, console, docs, documents, echo, index, items, rooms, tokens, user_lists, users
from service.api.item_views import V1, V2, Shape
from service.api.state import State
from service.platform import conflicts, errors, logs, probes
from service.platform.admin import admin_app
from service.platform.background import running
from service.platform.body import BodyTimeLayer
from service.platform.bus import Bus, MemoryBus
from service.platform.cache import Cache
from service.platform.compression import CompressionLayer
from service.platform.computing import Computing
from service.platform.context import ContextLayer
from service.platform.database import Database, engine_of
from service.platform.faults import FaultLayer, Faults
from service.platform.hub import Hub
from service.platform.keys import Keyring
from service.platform.lifecycle import DrainLayer, Lifecycle
from service.platform.listeners import ListenersLayer, admin_asked
from service.platform.metrics import Metrics
from service.platform.pagination import Cursors
from service.platform.passwords import Passwords
from service.platform.probes import Check, Health
from service.platform.ratelimit import Limiter, RateLimitLayer
from service.platform.redis import open_redis
from service.platform.schema import Schema
from service.platform.secrets import Secrets
from service.platform.security import SecurityLayer
from service.platform.sockets import Sockets
from service.platform.streams import RedisBus
from service.platform.tokens import LEEWAY_SECONDS, Tokens
from service.platform.trace import Tracer, trace_of
from service.platform.versioning import Version, VersionLayer, Versions
from service.settings import Settings, rate_of

if TYPE_CHECKING:
    from service.platform.telemetry import Telemetry

METRICS = "/metrics"
NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
MIGRATIONS = Path(__file__).parent / "migrations"
# What scripts of other origins may read of an answer.
EXPOSED = [
    *("API-Version", "Deprecation", "ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After"),
    *("Sunset", "X-Request-ID"),
]


class Service(FastAPI):
    """A FastAPI whose finished stack, error pages included, is wrapped in the platform's layers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lifecycle = Lifecycle(settings.drain_seconds)
        self.metrics = Metrics(__version__)
        gauges = self.metrics.lag, self.metrics.threads, self.metrics.fit
        self.health = Health(self.lifecycle, {}, *gauges)
        self.faults = Faults(self.metrics.faults)
        self.telemetry = self._telemetry_of()
        super().__init__(
            title="Slipway",
            version=__version__,
            lifespan=self.living,
            redirect_slashes=False,  # what has no route is a 404 that says so, not a guess at another address
            max_body_size=settings.max_body_bytes,
            routes=[*probes.routes(self.health)],  # matching is linear: what is asked every second comes first
            docs_url=None,
            redoc_url=None,
            telemetry=self.telemetry.config if self.telemetry else NO_TELEMETRY,
        )

    def build_middleware_stack(self) -> ASGIApp:
        """From outside in: listeners, context, security, drain, then FastAPI's own."""
        settings = self.settings
        inner = SecurityLayer(
            DrainLayer(super().build_middleware_stack(), self.lifecycle),
            hosts=settings.allowed_hosts,
            hsts_seconds=settings.hsts_seconds if settings.require_https else None,
            exempt=probes.PATHS,
        )
        public = ContextLayer(inner, silent=probes.PATHS, tracer=self._tracer())
        open_routes = [Route(METRICS, self.metrics.scrape), *probes.routes(self.health)]
        switches = admin_app(open_routes, self.faults if settings.faults_allowed else None)
        admin = ContextLayer(switches, silent={*probes.PATHS, METRICS})
        return ListenersLayer(public, admin, settings.admin_port)

    def _telemetry_of(self) -> "Telemetry | None":
        if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
            return None
        from service.platform.telemetry import Telemetry  # noqa: PLC0415 - who sends nothing pays nothing

        port = self.settings.admin_port
        return Telemetry(__version__, lambda scope: scope["path"] in probes.PATHS or admin_asked(scope, port))

    def _tracer(self) -> Tracer:
        if self.telemetry is None:
            return trace_of
        from service.platform.telemetry import trace_of_span  # noqa: PLC0415 - as above

        return trace_of_span

    @asynccontextmanager
    async def living(self, _app: FastAPI) -> AsyncIterator[State]:
        """Open what the service owns, serve, and close it in the opposite order."""
        async with AsyncExitStack() as stack:
            asyncio.get_running_loop().set_exception_handler(logs.report_task_crash)
            if self.telemetry:
                await stack.enter_async_context(self.telemetry.exporting())
            secrets = self._open_secrets()
            keys = self._keyring(secrets)
            database = self._open_database(secrets)
            stack.callback(database.close)
            redis = self._open_redis(secrets)
            if redis:
                stack.push_async_callback(redis.aclose)
            computing = Computing(self.metrics, self.settings.compute_at_once)
            stack.callback(computing.close)
            self.health.checks = self._checks(database, redis)
            self.lifecycle.on_drain(lambda: self.metrics.draining.set(1))
            sockets = Sockets(self.lifecycle, self.metrics.sockets)
            hub = Hub(self._bus(redis), self.metrics)
            self.health.facts["rooms"] = lambda: {"degraded": hub.degraded}
            await stack.enter_async_context(hub.running())
            await stack.enter_async_context(running(secrets.watch(self.settings.secrets_poll_seconds)))
            await stack.enter_async_context(self.health.watched())
            stack.enter_context(self.lifecycle.handling_signals())
            self.lifecycle.started = True
            yield State(
                database=database,
                sockets=sockets,
                item_cursors=Cursors(keys, "items"),
                user_cursors=Cursors(keys, "users"),
                tokens=Tokens(keys, seconds=self.settings.token_seconds),
                passwords=Passwords(),
                limiter=self._limiter(redis),
                cache=self._cache(redis),
                secrets=secrets,
                computing=computing,
                hub=hub,
                settings=self.settings,
            )

    def _open_secrets(self) -> Secrets:
        """The secrets as they are now: a worker may have been forked long after the settings were read."""
        secrets = Secrets(self.settings.secrets, self.settings.secret_files, self.settings.refusal)
        secrets.refresh()
        secrets.on_change(lambda _name, value: logs.hide([value]))
        logs.hide(secrets.values())
        return secrets

    def _keyring(self, secrets: Secrets) -> Keyring:
        keys = Keyring(
            secrets["signing_key"].encode(),
            secrets["previous_signing_key"].encode(),
            overlap=self.settings.secrets_overlap_seconds,
            lifetime=self.settings.token_seconds + LEEWAY_SECONDS,
        )
        keys.look = secrets.look
        takers = {"signing_key": keys.rotate, "previous_signing_key": keys.replace_previous}
        secrets.on_change(lambda name, value: takers[name](value.encode()) if name in takers else None)
        return keys

    def _open_database(self, secrets: Secrets) -> Database:
        settings = self.settings
        engine = engine_of(
            settings.database,
            size=settings.database_pool_size,
            statement_seconds=settings.database_statement_seconds,
            secrets=secrets,
        )
        return Database(
            engine,
            engine_of(settings.database, name="slipway-probe", secrets=secrets),
            self.metrics,
            size=settings.database_pool_size,
            wait_seconds=settings.database_wait_seconds,
        )

    def _checks(self, database: Database, redis: Redis | None) -> Mapping[str, Check]:
        schema = Schema(MIGRATIONS)

        async def check_database() -> str:
            return await database.inspect(schema.check)

        if redis is None:
            return {"database": check_database}

        async def check_redis() -> str:
            await redis.ping()
            return "answers"

        return {"database": check_database, "redis": check_redis}

    def _open_redis(self, secrets: Secrets) -> Redis | None:
        return open_redis(self.settings.redis_url, secrets) if self.settings.redis_url else None

    def _limiter(self, redis: Redis | None) -> Limiter:
        return Limiter(
            self.metrics.redis_errors.labels("rate limit"),
            redis=redis,
            default=rate_of(self.settings.rate_limit),
            login=rate_of(self.settings.login_rate_limit),
        )

    def _bus(self, redis: Redis | None) -> Bus:
        kept = self.settings.room_history
        return RedisBus(redis, self.metrics.redis_errors.labels("rooms"), kept) if redis else MemoryBus(kept)

    def _cache(self, redis: Redis | None) -> Cache:
        settings = self.settings
        return Cache(
            self.metrics, redis, release=__version__, seconds=settings.cache_seconds, entries=settings.cache_entries
        )


def create_app(settings: Settings) -> Service:
    """Build the service; it opens nothing before its lifespan runs."""
    app = Service(settings)
    errors.install(app)
    app.add_middleware(FaultLayer, faults=app.faults, exempt=probes.PATHS)
    app.add_middleware(VersionLayer, versions=_versions(settings), unversioned=index.UNVERSIONED)
    app.add_middleware(CompressionLayer)
    app.add_middleware(BodyTimeLayer, seconds=settings.body_seconds)
    app.add_middleware(RateLimitLayer, exempt=probes.PATHS)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_credentials=settings.cors_credentials,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=EXPOSED,
        )
    app.metrics.instrument(app)
    for router in (index.router, console.router, rooms.router, echo.router):
        app.include_router(router)
    for shape in (V1, V2):
        for router in _routers_of(shape):
            app.include_router(router, prefix=f"/api/v{shape.version}")
    documents.install(app, {shape.version: f"/api/v{shape.version}" for shape in (V1, V2)})
    if not settings.production:
        docs.install(app)
    conflicts.refuse(app.routes)
    return app


def _versions(settings: Settings) -> Versions:
    first = Version(1, deprecated=settings.v1_deprecated, sunset=settings.v1_sunset)
    return Versions((first, Version(2)), settings.default_version)


def _routers_of(shape: Shape) -> tuple[APIRouter, ...]:
    """All routes of one version; side by side, as each router around them would match all of them once more."""
    return items.router_of(shape), users.router, user_lists.router_of(shape), tokens.router, compute.router
