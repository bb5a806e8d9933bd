"""The composition: `create_app(settings)` builds everything, and nothing happens at import."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp

from service import __version__
from service.api import echo, index, items
from service.api.state import State
from service.platform import errors, probes
from service.platform.context import ContextLayer
from service.platform.database import Database, engine_of
from service.platform.lifecycle import DrainLayer, Lifecycle
from service.platform.listeners import ListenersLayer
from service.platform.metrics import Metrics
from service.platform.pagination import Cursors
from service.platform.probes import Check, Health
from service.platform.schema import Schema
from service.platform.sockets import Sockets
from service.settings import Settings

METRICS = "/metrics"
MIGRATIONS = Path(__file__).parent / "migrations"


class Service(FastAPI):
    """A FastAPI whose finished stack, error pages included, is wrapped in the platform's layers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lifecycle = Lifecycle(settings.drain_seconds)
        self.metrics = Metrics(__version__)
        self.health = Health(self.lifecycle, {}, self.metrics.lag)
        super().__init__(
            title="Slipway",
            version=__version__,
            lifespan=self.living,
            redirect_slashes=False,  # a redirect's raw path would become a metric's label
            max_body_size=settings.max_body_bytes,
            routes=[*probes.routes(self.health)],  # matching is linear: what is asked every second comes first
            docs_url=None if settings.production else "/docs",
            redoc_url=None,
        )

    def build_middleware_stack(self) -> ASGIApp:
        """From outside in: listeners, context, drain, then FastAPI's own."""
        public = ContextLayer(DrainLayer(super().build_middleware_stack(), self.lifecycle), silent=probes.PATHS)
        admin = ContextLayer(self._admin(), silent={*probes.PATHS, METRICS})
        return ListenersLayer(public, admin, self.settings.admin_port)

    def _admin(self) -> Starlette:
        metrics = Route(METRICS, self.metrics.scrape)
        return Starlette(routes=[metrics, *probes.routes(self.health)])

    @asynccontextmanager
    async def living(self, _app: FastAPI) -> AsyncIterator[State]:
        """Open what the service owns, serve, and close it in the opposite order."""
        async with AsyncExitStack() as stack:
            database = self._open_database()
            stack.callback(database.close)
            self.health.checks = await self._checks(database, stack)
            self.lifecycle.on_drain(lambda: self.metrics.draining.set(1))
            sockets = Sockets(self.lifecycle, self.metrics.sockets)
            await stack.enter_async_context(self.health.watched())
            stack.enter_context(self.lifecycle.handling_signals())
            self.lifecycle.started = True
            yield State(database=database, sockets=sockets, item_cursors=self._cursors("items"))

    def _open_database(self) -> Database:
        settings = self.settings
        engine = engine_of(
            settings.database,
            size=settings.database_pool_size,
            statement_seconds=settings.database_statement_seconds,
        )
        return Database(
            engine,
            engine_of(settings.database, name="slipway-probe"),
            self.metrics,
            size=settings.database_pool_size,
            wait_seconds=settings.database_wait_seconds,
        )

    async def _checks(self, database: Database, stack: AsyncExitStack) -> Mapping[str, Check]:
        schema = Schema(MIGRATIONS)

        async def check_database() -> str:
            return await database.inspect(schema.check)

        if not self.settings.redis_url:
            return {"database": check_database}
        redis = self._open_redis()
        stack.push_async_callback(redis.aclose)

        async def check_redis() -> str:
            await redis.ping()
            return "answers"

        return {"database": check_database, "redis": check_redis}

    def _open_redis(self) -> Redis:
        password = self.settings.redis_password
        return Redis.from_url(
            self.settings.redis_url,
            password=password.get_secret_value() if password else None,
            socket_timeout=1.0,
            socket_connect_timeout=1.0,
        )

    def _cursors(self, kind: str) -> Cursors:
        return Cursors(self.settings.signing_key.get_secret_value().encode(), kind)


def create_app(settings: Settings) -> Service:
    """Build the service; it opens nothing before its lifespan runs."""
    app = Service(settings)
    errors.install(app)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_credentials=settings.cors_credentials,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Location", "X-Request-ID"],
        )
    app.metrics.instrument(app)
    for router in (items.router, echo.router, index.router):
        app.include_router(router)
    return app
