"""Promises of the process: how it starts, how it refuses to, and how it ends."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.half_request import HalfRequest
from tests.support.people import join
from tests.support.ports import free_port
from tests.support.postgres import PASSWORD
from tests.support.server import ROOT, Server, run_service, serving

pytestmark = pytest.mark.process


@pytest.fixture
def drained(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path, drain_seconds=2, graceful_seconds=3, termination_grace_seconds=15) as server:
        yield server


def until(moment: float) -> None:
    """Wait for a moment of the server's own timetable."""
    time.sleep(max(0.0, moment - time.monotonic()))


# --- starting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"databse_url": "x"}, "SLIPWAY_DATABSE_URL"),
        ({"database_url": "nonsense"}, "SLIPWAY_DATABASE_URL"),
        ({"environment": "production"}, "SLIPWAY_SIGNING_KEY"),
        ({"drain_seconds": 30}, "SLIPWAY_TERMINATION_GRACE_SECONDS"),
        ({"host": "192.0.2.1"}, "SLIPWAY_PUBLIC_PORT"),
        ({"host": "no such name"}, "SLIPWAY_HOST"),
        ({"host": "no..name"}, "SLIPWAY_HOST"),
        ({"admin_port": 8000}, "SLIPWAY_ADMIN_PORT"),
    ],
)
def test_a_refused_setting_is_one_line_that_names_it(tmp_path: Path, settings: dict[str, object], setting: str) -> None:
    begin = time.monotonic()
    run = run_service(tmp_path, "serve", **settings)
    assert run.returncode == os.EX_CONFIG
    assert time.monotonic() - begin < 20
    (line,) = (run.stdout + run.stderr).splitlines()
    event = json.loads(line)
    assert event["setting"] == setting
    assert event["reason"]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        run = run_service(tmp_path, "serve", public_port=port, admin_port=free_port())
    assert run.returncode == os.EX_CONFIG
    event = json.loads(run.stdout)
    assert event["setting"] == "SLIPWAY_PUBLIC_PORT"
    assert f"port {port} on 127.0.0.1" in event["reason"]


def test_a_database_that_never_answers_fails_the_migration_in_one_sentence(tmp_path: Path) -> None:
    address = f"postgresql://user:canary@127.0.0.1:{free_port()}/name"
    run = run_service(tmp_path, "migrate", database_url=address, migrate_wait_seconds=0.1)
    assert run.returncode == os.EX_UNAVAILABLE
    event = json.loads(run.stdout.splitlines()[-1])
    assert "does not answer" in event["reason"]
    assert "SLIPWAY_DATABASE_URL" in event["reason"]
    assert "canary" not in run.stdout + run.stderr


def test_a_service_that_cannot_start_ends_with_its_own_exit_code(tmp_path: Path) -> None:
    """gunicorn would begin another worker, and another."""
    server = Server(tmp_path, ROOT, {}, program=("tests.support.unfit",))
    try:
        assert server.process.wait(30) == 3
    finally:
        server.close()
    assert "nothing to stand on" in server.output()


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        headers = join(server.public).headers
        made = httpx.post(f"{server.public}/api/v1/items", json={"name": "kept", "price": 3}, headers=headers)
    with serving(tmp_path) as server:
        assert httpx.get(server.public + made.headers["location"], headers=headers).json()["name"] == "kept"


def test_two_workers_add_up_their_metrics(tmp_path: Path, postgres_url: str) -> None:
    with serving(tmp_path, workers=2, database_url=postgres_url, database_password=PASSWORD) as server:
        for _ in range(40):
            httpx.get(f"{server.public}/api/version")
        lines = httpx.get(f"{server.admin}/metrics").text.splitlines()
    counted = [line for line in lines if line.startswith('http_requests_total{handler="/api/version"')]
    assert [line.split()[-1] for line in counted] == ["40.0"]


def test_every_line_of_the_log_is_a_json_event(drained: Server) -> None:
    httpx.get(f"{drained.public}/nowhere?token=canary", headers={"x-request-id": "seen"})
    httpx.get(f"{drained.public}/health/ready")
    drained.terminate()
    assert drained.process.wait(15) == 0
    requests = [event for event in drained.events() if event["message"] == "request"]
    assert [(event["path"], event["status"], event["request_id"]) for event in requests] == [("/nowhere", 404, "seen")]
    assert "canary" not in drained.output()


# --- ending ---------------------------------------------------------------------------------------------------------


@pytest.mark.clock
def test_readiness_falls_at_once_while_requests_are_served_to_the_end_of_the_drain(drained: Server) -> None:
    person = join(drained.public)
    begin = drained.terminate()
    while httpx.get(f"{drained.admin}/health/ready").status_code == 200:
        assert time.monotonic() - begin < 0.1
    items, live = f"{drained.public}/api/v1/items", f"{drained.admin}/health/live"
    served = 0
    # Liveness among the others: asked behind them, the last of which may be slow, the listener may be closed by then.
    for address in cycle([live, *[items] * 5]):
        if time.monotonic() - begin >= 1.8:
            break
        answer = httpx.get(address, headers=person.headers)
        assert answer.status_code == 200
        if address == items:
            assert answer.headers["connection"] == "close"
            served += 1
    assert served > 10
    assert drained.process.wait(15) == 0
    assert 2 <= time.monotonic() - begin < 4
    with pytest.raises(httpx.ConnectError):
        httpx.get(drained.public)


def test_a_request_in_flight_when_the_listener_closes_is_answered(drained: Server) -> None:
    with HalfRequest(drained) as request:
        begin = drained.terminate()
        until(begin + 3)
        assert request.finish().startswith(b"HTTP/1.1 201")
    assert drained.process.wait(15) == 0


@pytest.mark.clock
def test_a_request_longer_than_its_budget_is_cut_and_the_pools_still_close(drained: Server) -> None:
    with HalfRequest(drained):
        begin = drained.terminate()
        assert drained.process.wait(15) == 0
    assert 5 <= time.monotonic() - begin < 7.5
    assert "Application shutdown complete." in [event["message"] for event in drained.events()]


@pytest.mark.clock
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(tmp_path: Path, second: signal.Signals) -> None:
    long: dict[str, Any] = {"drain_seconds": 30, "graceful_seconds": 30, "termination_grace_seconds": 70}
    with serving(tmp_path, **long) as server, HalfRequest(server):
        server.terminate()
        while httpx.get(f"{server.admin}/health/ready").status_code == 200:
            pass
        server.process.send_signal(second)
        begin = time.monotonic()
        server.process.wait(15)
        assert time.monotonic() - begin < 3


@pytest.mark.clock
def test_without_a_drain_the_listener_closes_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        begin = server.terminate()
        with contextlib.suppress(httpx.TransportError):
            while True:
                httpx.get(f"{server.public}/health/live")
        assert time.monotonic() - begin < 1.5
        assert server.process.wait(15) == 0


@pytest.mark.clock
async def test_websockets_are_closed_one_after_another_with_a_reason(drained: Server) -> None:
    address = f"ws://127.0.0.1:{drained.public_port}/ws/echo"
    begin = 0.0

    async def watch(socket: ClientConnection) -> tuple[float, int | None, str]:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        frame = closed.value.rcvd
        assert frame is not None
        return time.monotonic() - begin, frame.code, frame.reason

    async with contextlib.AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(connect(address)) for _ in range(10)]
        for number, socket_ in enumerate(sockets):
            await socket_.send(str(number))
            assert await socket_.recv() == str(number)
        begin = drained.terminate()
        endings = sorted(await asyncio.gather(*(watch(socket_) for socket_ in sockets)))
    assert {code for _, code, _ in endings} == {1012}
    assert all("reconnect" in reason for _, _, reason in endings)
    moments = [moment for moment, _, _ in endings]
    assert moments[-1] < 2
    assert moments[-1] - moments[0] > 1
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert max(gaps) < 0.6
    assert drained.process.wait(15) == 0


async def test_a_binary_frame_is_refused(drained: Server) -> None:
    async with connect(f"ws://127.0.0.1:{drained.public_port}/ws/echo") as socket_:
        await socket_.send(b"bytes")
        with pytest.raises(ConnectionClosed) as closed:
            await socket_.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1003


# --- developing -----------------------------------------------------------------------------------------------------


def test_a_changed_file_is_loaded_again(tmp_path: Path) -> None:
    code = tmp_path / "code"
    shutil.copytree(ROOT / "service", code / "service", ignore=shutil.ignore_patterns("__pycache__"))
    with serving(tmp_path, code=code, reload=True) as server:
        assert httpx.get(f"{server.public}/").json()["name"] == "slipway"
        index = code / "service" / "api" / "index.py"
        index.write_text(index.read_text().replace('name: str = "slipway"', 'name: str = "changed"'))
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{server.public}/").json()["name"] == "changed":
                    return
    pytest.fail(f"the change was not loaded:\n{server.output()}")
