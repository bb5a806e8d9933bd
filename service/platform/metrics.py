"""Prometheus metrics that a stranger cannot blow up, on a registry of the app's own."""

import os
from typing import Literal

from fastapi import FastAPI
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.requests import Request
from starlette.responses import Response

from service.platform.instrumentation import InstrumentationLayer
from service.platform.multiprocess import VARIABLE
from service.platform.probes import PATHS

# OpenTelemetry's advice for http.server.request.duration, in seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


class Metrics:
    """What the service counts, beside what the instrumentator counts of each request."""

    def __init__(self, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter that nobody graphs
        self.registry = CollectorRegistry()
        self.shared = VARIABLE in os.environ
        if not self.shared:
            for collector in (ProcessCollector, PlatformCollector, GCCollector):
                collector(registry=self.registry)
        self.draining = self._gauge("slipway_draining", "1 between SIGTERM and exit", "max")
        self.sockets = self._gauge("slipway_websockets_open", "Open WebSockets")
        self.sockets_dropped = self._counter("slipway_websockets_dropped", "WebSockets closed because they stalled")
        self.frames_received = self._counter("slipway_room_frames_received", "Frames that came from clients in rooms")
        self.frames_sent = self._counter("slipway_room_frames_sent", "Frames that left for clients in rooms")
        self.hub_degraded = self._gauge("slipway_hub_degraded", "1 while rooms cannot reach the other processes", "max")
        self.events_lost = self._counter("slipway_room_events_lost", "Events of the service's own that nobody heard of")
        self.slots = self._gauge("slipway_database_slots_in_use", "Units of work that hold a connection")
        self.waiting = self._gauge("slipway_database_slots_waiting", "Units of work that wait for a connection")
        self.size = self._gauge("slipway_database_slots", "Units of work that may hold a connection at once")
        self.wait = Histogram(
            "slipway_database_slot_wait_seconds", "Waits for a connection", buckets=BUCKETS[:10], registry=self.registry
        )
        self.threads = self._gauge("slipway_threads_in_use", "Threads in use that belong to no limiter of the service")
        self.lag = self._gauge("slipway_event_loop_lag_seconds", "How late the event loop woke at worst of late", "max")
        self.redis_errors = self._counter("slipway_redis_errors", "What was asked of Redis in vain", "use")
        self.computations = self._gauge("slipway_computations_running", "Computations that hold a thread")
        self.computations_waiting = self._gauge("slipway_computations_waiting", "Computations that wait for a thread")
        self.cache_reads = self._counter("slipway_cache_reads", "Answers looked for in a cache", "layer", "outcome")
        self.fit = Gauge(
            "slipway_dependency_fit",
            "1 where a dependency can be used, else the pod is not ready",
            ["check"],
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self.faults = self._counter("slipway_faults_injected", "Faults injected on purpose", "kind")
        build = Gauge("slipway_build_info", "Always 1", ["version"], registry=self.registry, multiprocess_mode="max")
        build.labels(version).set(1)

    def _gauge(self, name: str, meaning: str, mode: Literal["livesum", "max"] = "livesum") -> Gauge:
        return Gauge(name, meaning, registry=self.registry, multiprocess_mode=mode)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def instrument(self, app: FastAPI) -> None:
        """Count the app's requests by route template, method and status; probes are not requests."""
        app.add_middleware(InstrumentationLayer, exempt=PATHS, registry=self.registry, buckets=BUCKETS)

    async def scrape(self, _request: Request) -> Response:
        """The exposition; async, so that it never waits behind the endpoints' threads."""
        registry = self.registry
        if self.shared:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def forget_worker(pid: int) -> None:
    """Take the gauges of a worker that has ended out of the sum."""
    if VARIABLE in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]
