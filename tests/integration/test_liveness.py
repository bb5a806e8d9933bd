"""Liveness is the event loop's own: it fails where the loop is blocked, and for no other reason."""

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from redis import Redis

from tests.support.redis import program, redis_server
from tests.support.server import Server, serving

pytestmark = pytest.mark.process
PROBE_SECONDS = 1.0  # Kubernetes' own time-out
LIVE = ("/health/live", "/livez")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    if not program():
        pytest.skip("neither valkey-server nor redis-server is installed")
    with redis_server(tmp_path) as url, contextlib.closing(Redis.from_url(url)) as owner:
        yield owner


@pytest.fixture
def server(tmp_path: Path, redis: Redis) -> Iterator[Server]:
    url = f"redis://127.0.0.1:{redis.connection_pool.connection_kwargs['port']}/0"
    with serving(tmp_path, program=("tests.support.blocking",), redis_url=url, rate_limit="") as running:
        yield running


def probe(server: Server, path: str) -> int:
    return httpx.get(server.admin + path, timeout=PROBE_SECONDS).status_code


def lag(server: Server) -> float:
    metrics = httpx.get(f"{server.admin}/metrics").text
    (value,) = re.findall(r"^slipway_event_loop_lag_seconds (\S+)$", metrics, re.MULTILINE)
    return float(value)


def test_a_blocked_event_loop_fails_liveness_and_is_seen_afterwards(server: Server) -> None:
    call = threading.Thread(target=httpx.get, args=(f"{server.public}/block/4",), kwargs={"timeout": 20})
    call.start()
    deadline = time.monotonic() + 3
    with contextlib.suppress(httpx.ReadTimeout):
        while probe(server, "/livez") == 200:
            assert time.monotonic() < deadline, "the probe was answered all the time"
    call.join()
    assert probe(server, "/livez") == 200
    assert lag(server) > 2.5


def test_a_slow_request_or_a_hanging_dependency_does_not(server: Server, redis: Redis) -> None:
    call = threading.Thread(target=httpx.get, args=(f"{server.public}/take/3",), kwargs={"timeout": 20})
    call.start()
    redis.client_pause(8_000)  # every command waits so many milliseconds
    deadline = time.monotonic() + 30
    while probe(server, "/health/ready") == 200:
        assert time.monotonic() < deadline
    for path in LIVE:
        assert probe(server, path) == 200
    call.join()
    while probe(server, "/health/ready") != 200:
        assert time.monotonic() < deadline
