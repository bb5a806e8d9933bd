"""What is refused before it reaches an endpoint, and what browsers are told."""

import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from service.settings import Settings
from tests.integration.test_problems import assert_problem
from tests.support.served import Served, migrate, served
from tests.support.server import Server, serving

ORIGIN = "https://app.example.org"


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    migrate(sqlite_settings)
    return sqlite_settings


@asynccontextmanager
async def serving_with(settings: Settings, **changes: Any) -> AsyncIterator[Served]:
    async with served(settings.model_copy(update=changes)) as running:
        yield running


# --- headers --------------------------------------------------------------------------------------------------------


async def test_every_answer_tells_browsers_what_to_refuse(settings: Settings) -> None:
    async with serving_with(settings) as service:

        @service.app.get("/broken")
        async def broken() -> None:
            raise RuntimeError

        for path, status in (("/api/version", 200), ("/nowhere", 404), ("/broken", 500), ("/livez", 200)):
            answer = await service.public.get(path)
            assert answer.status_code == status
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
            assert "camera=()" in answer.headers["permissions-policy"]
            assert "strict-transport-security" not in answer.headers


async def test_a_page_keeps_the_policy_it_brings(settings: Settings) -> None:
    async with serving_with(settings) as service:
        (policy,) = (await service.public.get("/docs")).headers.get_list("content-security-policy")
    assert "script-src 'self'" in policy


# --- hosts and schemes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("api.example.org", True),
        ("API.example.org:8443", True),
        ("a.b.example.com", True),
        ("[::1]:8000", True),
        ("example.com", False),
        ("evil-example.com", False),
        ("api.example.org.evil.net", False),
        ("api.example.org@evil.net", False),
        ("", False),
    ],
)
async def test_only_named_hosts_are_answered(settings: Settings, host: str, answered: bool) -> None:  # noqa: FBT001
    names = ("api.example.org", "*.example.com", "[::1]")
    async with serving_with(settings, allowed_hosts=names) as service:
        answer = await service.public.get("/api/version", headers={"host": host})
        if answered:
            assert answer.status_code == 200
        else:
            assert_problem(answer, 400)
        assert (await service.public.get("/health/ready", headers={"host": "10.0.0.7:8000"})).status_code == 200


async def test_http_is_sent_to_https_with_method_path_and_query(settings: Settings) -> None:
    async with serving_with(settings, require_https=True, hsts_seconds=60) as service:
        for method in ("GET", "POST"):
            answer = await service.public.request(method, "/a%2Fb?c=d%20e&f", headers={"host": "example.org:8000"})
            assert answer.status_code == 308
            assert answer.headers["location"] == "https://example.org/a%2Fb?c=d%20e&f"
            assert "strict-transport-security" not in answer.headers
        assert (await service.public.get("/health/live")).status_code == 200
        assert_problem(await service.public.get("/", headers={"host": "a b"}), 400)
        secure = await service.public.get("https://service/api/version")
        assert (secure.status_code, secure.headers["strict-transport-security"]) == (200, "max-age=60")


async def test_https_is_believed_of_nobody_where_it_is_not_required(settings: Settings) -> None:
    async with serving_with(settings) as service:
        answer = await service.public.get("https://service/api/version")
        assert "strict-transport-security" not in answer.headers


@pytest.mark.process
@pytest.mark.parametrize(("proxies", "status"), [("127.0.0.1", 200), ("192.0.2.1", 308)])
def test_the_scheme_is_what_a_trusted_proxy_says(tmp_path: Path, proxies: str, status: int) -> None:
    with serving(tmp_path, require_https="true", forwarded_allow_ips=proxies) as server:
        forwarded = {"x-forwarded-proto": "https"}
        assert httpx.get(f"{server.public}/api/version", headers=forwarded).status_code == status
        assert httpx.get(f"{server.public}/api/version").status_code == 308
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{server.public_port}/ws/echo")
        assert refused.value.response.status_code == 403


# --- other origins --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("credentials", [False, True])
async def test_only_listed_origins_are_let_in(settings: Settings, credentials: bool) -> None:  # noqa: FBT001
    async with serving_with(settings, cors_origins=(ORIGIN,), cors_credentials=credentials) as service:
        for path in ("/api/version", "/nowhere"):
            answer = await service.public.get(path, headers={"origin": ORIGIN})
            assert answer.headers["access-control-allow-origin"] == ORIGIN
            assert ("access-control-allow-credentials" in answer.headers) is credentials
            assert "Origin" in answer.headers["vary"]
            for other in ("https://evil.example.org", f"{ORIGIN}.evil.net", "null", ORIGIN.replace("https", "http")):
                refused = await service.public.get(path, headers={"origin": other})
                assert "access-control-allow-origin" not in refused.headers
                assert "Origin" in refused.headers["vary"]
        asks = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
        preflight = await service.public.options("/api/v1/users", headers={"origin": ORIGIN, **asks})
        assert preflight.status_code == 200
        refused = await service.public.options("/api/v1/users", headers={"origin": "https://evil.net", **asks})
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers


async def test_without_a_list_no_origin_is_let_in(settings: Settings) -> None:
    async with serving_with(settings) as service:
        answer = await service.public.get("/api/version", headers={"origin": ORIGIN})
        assert not [name for name in answer.headers if name.startswith("access-control")]


# --- bodies, on a real connection -----------------------------------------------------------------------------------

HEAD = b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, body_seconds=1, max_body_bytes=10_000, login_rate_limit="") as running:
        yield running


def answer_of(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    answer = b""
    while chunk := connection.recv(65_536):
        answer += chunk
    return answer


def assert_closed_with(answer: bytes, status: int) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d" % status)
    assert b"application/problem+json" in head
    assert b"connection: close" in head.lower()
    assert b'"request_id"' in body


@pytest.mark.clock
@pytest.mark.process
@pytest.mark.parametrize("head", [b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"])
def test_a_body_that_does_not_arrive_is_408_and_the_connection_closes(server: Server, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.public_port), timeout=20) as connection:
        begin = time.monotonic()
        connection.sendall(HEAD + head)
        assert_closed_with(answer_of(connection), 408)
        assert 1 <= time.monotonic() - begin < 5


@pytest.mark.clock
@pytest.mark.process
def test_a_body_that_trickles_has_no_more_time_than_one_that_stops(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.public_port), timeout=0.1) as connection:
        begin = time.monotonic()
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        answer = b""
        while not answer and time.monotonic() - begin < 10:
            connection.sendall(b" ")
            try:
                answer = connection.recv(65_536)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - begin < 5


@pytest.mark.process
def test_a_chunked_body_above_the_limit_is_413_before_its_end(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.public_port), timeout=20) as connection:
        chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + 3 * chunk)  # and no last one
        assert_closed_with(answer_of(connection), 413)


@pytest.mark.process
def test_an_announced_body_above_the_limit_is_413_before_it_is_sent(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.public_port), timeout=20) as connection:
        connection.sendall(HEAD + b"Content-Length: 10001\r\n\r\n")
        assert_closed_with(answer_of(connection), 413)


@pytest.mark.process
def test_a_body_in_time_is_served(server: Server) -> None:
    user = {"email": "ann@example.org", "name": "Ann", "password": "right horse 1"}
    assert httpx.post(f"{server.public}/api/v1/users", json=user).status_code == 201
