"""The user that a drill makes for itself: registered once, logged in again before its token ends."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from scripts.core.errors import TestsFailed
from scripts.phases.user import TOKENS, USERS, User


class Release(ThreadingHTTPServer):
    """As much of a release as makes users and gives tokens."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.passwords: dict[str, str] = {}
        self.given: list[str] = []
        self.seen: list[str | None] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Release

    def answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status if self.server.status == 200 else self.server.status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self.server.seen.append(self.headers["Authorization"])
        self.answer(200, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == USERS:
            new = json.loads(body)
            self.server.passwords[new["email"]] = new["password"]
            self.answer(201, {"id": 1})
            return
        assert self.path == TOKENS
        form = parse_qs(body)
        assert self.server.passwords[form["username"][0]] == form["password"][0]
        self.server.given.append(f"token-{len(self.server.given)}")
        self.answer(200, {"access_token": self.server.given[-1], "expires_in": 900})

    def log_message(self, *_: object) -> None:
        """Say nothing: a test that fails shows its assertion."""


@pytest.fixture
def release() -> Iterator[Release]:
    with Release() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_it_registers_logs_in_and_sends_its_token(release: Release) -> None:
    with User(release.url) as user:
        user.http.get("/anything")
        assert user.token() == "token-0"
    assert release.seen == ["Bearer token-0"]


def test_each_is_somebody_else(release: Release) -> None:
    with User(release.url), User(release.url):
        assert len(release.passwords) == 2
    assert all(len(password) >= 12 for password in release.passwords.values())


def test_the_token_is_renewed_in_the_second_half_of_its_life(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    with User(release.url) as user:
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 440)
        user.renew()
        assert user.token() == "token-0"
        monkeypatch.setattr(time, "monotonic", lambda: now + 460)
        user.renew()
        assert user.token() == "token-1"
        user.http.get("/anything")
    assert release.seen == ["Bearer token-1"]


def test_a_release_that_refuses_is_named_with_its_answer(release: Release) -> None:
    release.status = 429
    with pytest.raises(TestsFailed, match=f"{USERS} answered 429"), User(release.url):
        pass
