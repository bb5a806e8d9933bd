"""FastAPI's own OpenTelemetry, sent by OTLP over HTTP; imported only where `OTEL_EXPORTER_OTLP_ENDPOINT` is set.

The variables are OpenTelemetry's own: endpoint, headers, OTEL_SERVICE_NAME, sampling. Traces alone: metrics are
Prometheus', and what FastAPI would send as logs repeats exceptions word for word.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi.telemetry import TelemetryConfig
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import get_current_span
from starlette.types import Scope

from service.platform.redaction import HIDDEN
from service.platform.trace import Trace, trace_of

QUERY = "url.query"
EXPORT_SECONDS = 2  # one attempt
FLUSH_SECONDS = 3  # of the seconds that a process has to close


class Telemetry:
    """The spans of this process.

    Args:
        version: of the service.
        exclude: which connections have none.
    """

    def __init__(self, version: str, exclude: Callable[[Any], bool]) -> None:
        name = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": "slipway"}
        resource = Resource.create({**name, "service.version": version})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self.config = TelemetryConfig(
            tracer_provider=self._provider, metrics=False, logs=False, auto_configure=False, exclude=exclude
        )

    @asynccontextmanager
    async def exporting(self) -> AsyncIterator[None]:
        """Send spans while the block runs, and what is left at its end, if the collector takes it in time."""
        self._provider.add_span_processor(QueryHider())
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=EXPORT_SECONDS)))
        try:
            yield
        finally:
            # A daemon: a collector that does not answer must not keep the process.
            closing = threading.Thread(target=self._provider.shutdown, daemon=True)
            closing.start()
            await asyncio.to_thread(closing.join, FLUSH_SECONDS)


class QueryHider(SpanProcessor):
    """Takes the query out of each span: tokens travel in it."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Overwrite it before anybody sees it."""
        del parent_context
        if span.attributes and QUERY in span.attributes:
            span.set_attribute(QUERY, HIDDEN)


def trace_of_span(scope: Scope) -> Trace:
    """The trace that OpenTelemetry continued or began; its span is the passage through this service."""
    context = get_current_span().get_span_context()
    if not context.is_valid:
        return trace_of(scope)
    return Trace(f"{context.trace_id:032x}", f"{context.span_id:016x}")
