"""The composition: `create_app(settings)` builds everything, and nothing happens at import."""

import os
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp

from service import __version__
from service.api import compute, console, docs, documents, echo, index, items, rooms, tokens, user_lists, users
from service.api.item_views import V1, V2, Shape
from service.platform import conflicts, errors, probes
from service.platform.admin import admin_app
from service.platform.body import BodyTimeLayer
from service.platform.compression import CompressionLayer
from service.platform.context import ContextLayer
from service.platform.faults import FaultLayer, Faults
from service.platform.lifecycle import DrainLayer, Lifecycle
from service.platform.listeners import ListenersLayer, admin_asked
from service.platform.metrics import Metrics
from service.platform.probes import Health
from service.platform.ratelimit import RateLimitLayer
from service.platform.security import SecurityLayer
from service.platform.trace import Tracer, trace_of
from service.platform.versioning import Version, VersionLayer, Versions
from service.resources import opened
from service.settings import Settings

if TYPE_CHECKING:
    from service.platform.telemetry import Telemetry

METRICS = "/metrics"
NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
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
            lifespan=lambda _app: opened(settings, self.lifecycle, self.metrics, self.health, self.telemetry),
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
