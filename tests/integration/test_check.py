"""`python -m service check`, which `helm test` runs, against the real server."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service import check_room
from tests.support.people import join
from tests.support.ports import free_port
from tests.support.server import Server, run_service, serving

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("plain")) as running:
        yield running


@pytest.fixture(scope="module")
def with_redis(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("redis"), redis_url=redis_url) as running:
        yield running


def lines(tmp_path: Path, *words: str) -> list[str]:
    """What is told of a good release."""
    run = run_service(tmp_path, "check", *words)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def refusal(tmp_path: Path, *words: str) -> str:
    """What is told of a bad one."""
    run = run_service(tmp_path, "check", *words)
    assert run.returncode == 1
    return run.stderr


def test_a_good_release_is_told_from_a_missing_one(tmp_path: Path, server: Server) -> None:
    told = lines(tmp_path, server.public)
    assert len(told) == 6
    assert told[0] == "ok    ready: database"
    assert "http://127.0.0.1:1" in refusal(tmp_path, "http://127.0.0.1:1")
    assert "is no http or https address" in refusal(tmp_path, "file:///etc/passwd")


def test_a_release_that_refuses_connections_at_first_has_some_time(tmp_path: Path) -> None:
    port, reached = free_port(), tmp_path / "reached"
    with ThreadPoolExecutor() as pool:
        early = pool.submit(
            run_service, tmp_path, "check", f"http://127.0.0.1:{port}", "--patience=60", f"--reached={reached}"
        )
        assert not reached.exists()
        with serving(tmp_path, public_port=port):
            assert early.result().returncode == 0, early.result().stderr
            assert reached.exists()


def test_what_is_said_in_a_room_comes_back_through_redis(tmp_path: Path, with_redis: Server) -> None:
    told = lines(tmp_path, with_redis.public)
    assert told[0] == "ok    ready: database, redis"
    assert told[-1].startswith("ok    told again, through Redis")


def test_the_metrics_are_looked_at_where_the_admin_port_is_named(tmp_path: Path, server: Server) -> None:
    assert lines(tmp_path, server.public, f"--admin={server.admin}")[-1].startswith(
        "ok    metrics: http_requests_total"
    )
    assert "/metrics answered 404 instead of 200" in refusal(tmp_path, server.public, f"--admin={server.public}")
    assert "tells no http_requests_total" in refusal(tmp_path, server.public, f"--admin={server.admin}/health/live?")


def test_a_room_that_is_degraded_or_forgets_fails_the_release(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    token = join(server.public).token
    assert check_room.told_again(server.public, token)
    heard = check_room._next
    for change, words in (({"degraded": True}, "not used"), ({"id": "0-0"}, "0-0 instead of")):

        def changed(*told: object, change: Mapping[str, object] = change) -> dict[str, object]:
            frame = heard(*told)  # type: ignore[arg-type]
            return frame if frame["type"] == "ack" else {**frame, **change}

        monkeypatch.setattr(check_room, "_next", changed)
        with pytest.raises(check_room.RoomCheckError, match=words):
            check_room.told_again(server.public, token)
