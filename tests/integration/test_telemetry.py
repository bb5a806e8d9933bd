"""Spans for a collector: FastAPI's own OpenTelemetry, switched by its environment variable."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.server import ROOT, serving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CANARY = "canary0123456789"
VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Collector(ThreadingHTTPServer):
    """Takes what is exported, once it may."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.bodies: list[bytes] = []
        self.answering = threading.Event()
        self.answering.set()

    @property
    def spans(self) -> list[Span]:
        requests = map(ExportTraceServiceRequest.FromString, self.bodies)
        scopes = [scope for each in requests for resource in each.resource_spans for scope in resource.scope_spans]
        return [span for scope in scopes for span in scope.spans]


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.answering.wait()
        self.server.bodies.append(body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(VARIABLE, f"http://127.0.0.1:{server.server_port}")
        yield server
        server.answering.set()
        server.shutdown()


@pytest.mark.process
def test_a_span_continues_the_clients_trace_and_tells_no_secret(tmp_path: Path, collector: Collector) -> None:
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "authorization": f"Bearer {CANARY}"}
    with serving(tmp_path) as server:
        httpx.get(f"{server.public}/api/v1/users/me?token={CANARY}&a=b", headers=headers)
        httpx.get(f"{server.public}/livez", headers=headers)
        httpx.get(f"{server.admin}/metrics", headers=headers)
        server.terminate()
        assert server.process.wait(20) == 0
        (line,) = (event for event in server.events() if event["message"] == "request")
    (span,) = (each for each in collector.spans if each.kind == Span.SPAN_KIND_SERVER)
    assert span.trace_id.hex() == TRACE
    assert span.parent_span_id.hex() == "00f067aa0ba902b7"
    assert span.name == "GET /api/v1/users/me"
    assert (line["trace_id"], line["span_id"]) == (TRACE, span.span_id.hex())
    assert {each.trace_id.hex() for each in collector.spans} == {TRACE}, "probes and metrics have no spans"
    assert CANARY.encode() not in b"".join(collector.bodies)


@pytest.mark.clock
@pytest.mark.process
def test_a_collector_that_hangs_does_not_keep_the_process(tmp_path: Path, collector: Collector) -> None:
    collector.answering.clear()
    with serving(tmp_path) as server:
        httpx.get(f"{server.public}/api/version")
        begin = server.terminate()
        assert server.process.wait(20) == 0
        assert time.monotonic() - begin < 5
        assert "Application shutdown complete." in [event["message"] for event in server.events()]


def test_without_a_collector_nothing_of_it_is_imported() -> None:
    """Nothing that exports or traces; redis-py by itself imports the SDK's metrics where the SDK is installed."""
    code = """
import asyncio, json, sys, threading
from service.app import create_app
from service.settings import Settings
app = create_app(Settings(database_url="sqlite://"))
async def live():
    async with app.router.lifespan_context(app):
        threads = [thread.name for thread in threading.enumerate() if "Otel" in thread.name]
        unwanted = ("opentelemetry.exporter", "opentelemetry.sdk.trace.export", "service.platform.telemetry")
        print(json.dumps([name for name in sys.modules if name.startswith(unwanted)] + threads))
asyncio.run(live())
print(app._native_telemetry.enabled())
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    modules, enabled = run.stdout.splitlines()[-2:]
    assert json.loads(modules) == []
    assert enabled == "False"
