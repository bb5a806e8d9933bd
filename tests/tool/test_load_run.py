"""A whole run: its rate, its bounds, its start and stop, what it knows about the items it made, and its result."""

import asyncio
import functools
import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from scripts.load import (
    ITEM_TRAFFIC,
    Ceiling,
    FailureClass,
    Kind,
    LoadError,
    LoadRefusedError,
    LoadRun,
    LoadSpec,
    Target,
    measure_ceiling,
    run_load,
)
from scripts.load.driver import Driver

AMPLE = Ceiling(requests_per_second=100_000, kept_share=0.5)
LIVE = Kind("live", "GET", "/health/live", 1, frozenset({200}))


class Store(ThreadingHTTPServer):
    """Items in memory, by the standard library's HTTP server: an implementation that is not the client's own."""

    daemon_threads = True
    request_queue_size = 128
    # Acknowledged creations are forgotten where the id is a multiple of this.
    forget = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.items: dict[int, dict[str, Any]] = {}
        self.names: list[str] = []
        self.served = 0
        self.authorizations: set[str | None] = set()
        self.open = threading.Event()
        self.open.set()

    def spec(self, **values: Any) -> LoadSpec:
        target = Target.of(f"http://127.0.0.1:{self.server_port}")
        return LoadSpec(**{"target": target, "rate": 100, "seconds": 10, **values})

    def create(self, item: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.names.append(item["name"])
            item = {**item, "id": len(self.names)}
            if not self.forget or item["id"] % self.forget:
                self.items[item["id"]] = item
        return item


class Handler(BaseHTTPRequestHandler):
    """Lists, reads, creates, changes and deletes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Store

    def answer(self, status: int, body: object = None) -> None:
        with self.server.lock:
            self.server.served += 1
            self.server.authorizations.add(self.headers["Authorization"])
        self.server.open.wait(10)
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("X-Served-By", f"pod-{self.client_address[1] % 2}")
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def item(self) -> int:
        match = re.fullmatch(r"/api/v1/items/(\d+)", self.path)
        return int(match[1]) if match else 0

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return body

    def do_GET(self) -> None:
        if self.path in {"/health/live", "/api/v1/items?limit=20"}:
            self.answer(200, {})
        else:
            item = self.server.items.get(self.item())
            self.answer(200 if item else 404, item)

    def do_POST(self) -> None:
        self.answer(201, self.server.create(self.body()))

    def do_PATCH(self) -> None:
        change, item = self.body(), self.server.items.get(self.item())
        self.answer(200 if item else 404, {**item, **change} if item else None)

    def do_DELETE(self) -> None:
        self.answer(204 if self.server.items.pop(self.item(), None) else 404)

    def log_message(self, *_: object) -> None:
        """Say nothing: a test that fails shows its assertion."""


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_rate_is_kept(store: Store) -> None:
    result = run_load(store.spec(rate=200, seconds=1.5, traffic=(LIVE,)), AMPLE)
    assert result.requests == 300
    assert result.achieved_rate == pytest.approx(200, rel=0.05)
    assert [second.sent for second in result.timeline] == [200, 100]
    assert 1.4 < result.duration < 2.5
    assert result.kept == 150


def test_the_number_of_requests_is_bounded(store: Store) -> None:
    result = run_load(store.spec(requests=20, traffic=(LIVE,)), AMPLE)
    assert result.requests == store.served == 20


def test_every_acknowledged_item_is_there_afterwards(store: Store) -> None:
    result = run_load(store.spec(rate=400, seconds=1), AMPLE)
    assert not result.failures
    assert result.requests == store.served == 400
    assert len(result.writes.deleted) > 3
    assert set(result.writes.surviving) == set(store.items)
    assert set(result.writes.created) == set(store.items) | set(result.writes.deleted)
    assert len(set(store.names)) == len(store.names)
    assert result.pods <= {"pod-0", "pod-1"}
    assert sum(result.served_by.values()) == 400


def test_every_request_carries_the_token_of_its_moment_and_no_result_tells_it(store: Store) -> None:
    store.forget = 2
    tokens = iter(range(1000))
    result = run_load(store.spec(rate=400, requests=100, token=lambda: f"canary-{next(tokens)}"), AMPLE)
    assert store.authorizations == {f"Bearer canary-{number}" for number in range(100)}
    assert result.failures
    assert "canary" not in result.to_json()
    assert "canary" not in repr(store.spec(token=lambda: "canary"))


def test_without_a_token_no_request_carries_one(store: Store) -> None:
    run_load(store.spec(rate=400, requests=20), AMPLE)
    assert store.authorizations == {None}


def test_a_lost_write_is_seen(store: Store) -> None:
    store.forget = 5
    result = run_load(store.spec(rate=400, seconds=0.6), AMPLE)
    lost = set(result.writes.surviving) - set(store.items)
    assert lost
    assert all(item % 5 == 0 for item in lost if isinstance(item, int))
    assert set(result.failures_by_class) == {FailureClass.STATUS}
    assert {failure.status for failure in result.failures} == {404}
    assert all(failure.kind in {"read", "update", "delete"} for failure in result.failures)


def test_the_mix_follows_the_weights_and_the_seed(store: Store) -> None:
    spec = store.spec(rate=400, seconds=10, requests=400)
    driver = Driver(spec)
    again = Driver(spec)
    for item in range(400):
        driver.items.created(item)
        again.items.created(item)
    kinds = [driver._orders.next(index).kind.name for index in range(400)]
    assert kinds == [again._orders.next(index).kind.name for index in range(400)]
    reads = sum(kind in {"list", "read", "live"} for kind in kinds) / 400
    assert reads == pytest.approx(0.8, abs=0.06)
    assert set(kinds) == {kind.name for kind in ITEM_TRAFFIC}


async def test_latency_counts_from_the_moment_a_request_was_due(store: Store) -> None:
    driver = Driver(store.spec(rate=50, seconds=0.8, traffic=(LIVE,)))
    asyncio.get_running_loop().call_later(0.2, time.sleep, 0.3)
    await driver.run()
    assert not driver.recorder.failures
    assert driver.recorder.late >= 0.25
    assert driver.recorder.latency().max >= 0.25
    # 15 requests were due within the pause; a client that forgets them would report one slow request.
    assert driver.recorder.latency().p90 >= 0.1


async def test_a_client_that_was_held_up_keeps_to_its_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.load.driver._GRACE", 0.2)
    driver = Driver(store.spec(rate=50, seconds=0.4, traffic=(LIVE,)))
    asyncio.get_running_loop().call_later(0.1, time.sleep, 0.6)
    await driver.run()
    assert 3 <= driver.recorder.requests < 20


def test_stop_completes_what_is_under_way(store: Store) -> None:
    store.open.clear()
    with LoadRun(store.spec(traffic=(LIVE,)), AMPLE) as run:
        deadline = time.monotonic() + 5
        while store.served < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        threading.Timer(0.2, store.open.set).start()
        result = run.stop()
        assert run.stop() is result
    assert result.requests == store.served >= 5
    assert not result.failures


def test_wait_for_gives_the_progress(store: Store) -> None:
    with LoadRun(store.spec(traffic=(LIVE,)), AMPLE) as run:
        progress = run.wait_for(requests=30, seconds=30)
        assert progress.requests >= 30
        assert progress.failed == 0
        assert progress.seconds >= 0.29
        with pytest.raises(LoadError, match=r"of 9000 requests were done within 0\.1 s"):
            run.wait_for(requests=9000, seconds=0.1)


def test_wait_for_more_than_the_bound_says_so(store: Store) -> None:
    with (
        LoadRun(store.spec(requests=5, traffic=(LIVE,)), AMPLE) as run,
        pytest.raises(LoadError, match=r"ended after 5 requests, 6 were waited for\."),
    ):
        run.wait_for(requests=6, seconds=30)


def test_leaving_the_block_ends_the_sending(store: Store) -> None:
    run = LoadRun(store.spec(traffic=(LIVE,)), AMPLE)
    with pytest.raises(LoadError, match="within 0 s"), run:  # noqa: PT012 - the block is what is tested
        run.wait_for(requests=3, seconds=30)
        run.wait_for(requests=900, seconds=0)
    assert 3 <= run.progress.requests < 900
    assert run.progress.requests == store.served


def test_a_run_is_run_once(store: Store) -> None:
    run = LoadRun(store.spec(requests=1, traffic=(LIVE,)), AMPLE)
    with pytest.raises(LoadError, match="never started"):
        run.wait()
    assert run.start().wait().requests == 1
    with pytest.raises(LoadError, match="was started before"):
        run.start()


def test_an_error_of_the_client_itself_is_raised_not_recorded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("scripts.load.orders.Orders.next", broken)
    with pytest.raises(ExceptionGroup, match="TaskGroup") as caught:
        run_load(store.spec(traffic=(LIVE,)), AMPLE)
    assert caught.group_contains(ZeroDivisionError)


def test_the_result_is_json(store: Store) -> None:
    store.forget = 2
    result = run_load(store.spec(rate=200, requests=100), AMPLE)
    data = json.loads(result.to_json())
    assert data["requests"] == 100
    assert data["latency"]["p99"] == result.latency.p99
    assert data["failures"][0]["error"] == "status"
    assert data["failures_by_class"] == {"status": len(result.failures)}
    assert data["writes"]["created"] == list(result.writes.created)
    assert data["ceiling"] == 100_000


def test_a_rate_above_the_safe_share_of_the_ceiling_is_refused(store: Store) -> None:
    run = LoadRun(store.spec(rate=51), Ceiling(requests_per_second=100, kept_share=0.5))
    with pytest.raises(LoadRefusedError, match=r"51 requests/s is more than 50% .* \(100 requests/s\): ask for 50 or"):
        run.start()
    assert store.served == 0


def test_the_ceiling_is_measured_where_none_is_given(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.load.run.measure_ceiling", functools.partial(measure_ceiling, seconds=0.2))
    with pytest.raises(LoadRefusedError, match="is more than 50% of what the client manages on this machine"):
        run_load(store.spec(rate=1_000_000))
    result = run_load(store.spec(requests=5, traffic=(LIVE,)))
    assert result.ceiling > 200


@pytest.mark.clock
def test_new_connections_cost_more_than_kept_ones() -> None:
    new, kept = measure_ceiling(kept_share=0, seconds=0.3), measure_ceiling(kept_share=1, seconds=0.3)
    assert kept.requests_per_second > new.requests_per_second > 100


def test_a_load_that_could_run_out_of_files_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (256, 256))
    with pytest.raises(LoadRefusedError, match="may hold 616 sockets, and this process may open 256 files"):
        run_load(store.spec(rate=100), AMPLE)
