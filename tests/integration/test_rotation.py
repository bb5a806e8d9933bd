"""Secrets change while the service serves: no restart, and no request fails."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import psycopg2
import pytest
from psycopg2.extensions import connection
from redis import Redis

from service.platform.tokens import Tokens
from tests.support.postgres import PASSWORD
from tests.support.redis import program, redis_server
from tests.support.server import Server, serving

pytestmark = pytest.mark.process
OLD, NEW = "o" * 32, "n" * 32
USER = {"email": "ann@example.org", "name": "Ann", "password": "right horse 1"}
ROLE = "rotating"
SECONDS = 60


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def changed(server: Server) -> list[str]:
    return [event["setting"] for event in server.events() if event["message"] == "secret changed"]


def log_in(server: Server) -> str:
    httpx.post(f"{server.public}/api/v1/users", json=USER)
    form = {"username": USER["email"], "password": USER["password"]}
    token: str = httpx.post(f"{server.public}/api/v1/tokens", data=form).raise_for_status().json()["access_token"]
    return token


class Load:
    """Clients that each ask for themselves again and again."""

    def __init__(self, server: Server, token: str, clients: int = 10) -> None:
        self.answers: list[httpx.Response] = []
        self._server = server
        self._headers = {"authorization": f"Bearer {token}"}
        self._clients = clients

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=self._server.public, headers=self._headers, timeout=SECONDS) as client:
            tasks = [asyncio.create_task(self._ask(client)) for _ in range(self._clients)]
            try:
                yield
                await self.some()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, client: httpx.AsyncClient) -> None:
        while True:
            self.answers.append(await client.get("/api/v1/users/me"))

    async def some(self) -> None:
        """Wait until each client was answered several times more."""
        goal = len(self.answers) + 5 * self._clients
        await self.until(lambda: len(self.answers) >= goal)

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(SECONDS):
            while not await asyncio.to_thread(true):  # noqa: ASYNC110 - it becomes true in another process
                await asyncio.sleep(0.02)

    @property
    def statuses(self) -> set[int]:
        return {answer.status_code for answer in self.answers}


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


@pytest.fixture
def administrator(postgres_url: str) -> Iterator[connection]:
    """A connection of the server's owner; the role whose password changes has a database of its own."""
    with contextlib.closing(psycopg2.connect(postgres_url, password=PASSWORD)) as owner:
        owner.autocommit = True
        tell(owner, f"CREATE ROLE {ROLE} LOGIN PASSWORD '{OLD}'")
        tell(owner, f"CREATE DATABASE {ROLE} OWNER {ROLE}")
        yield owner
        tell(owner, f"DROP DATABASE {ROLE} WITH (FORCE)")
        tell(owner, f"DROP ROLE {ROLE}")


def tell(administrator: connection, statement: str, *values: object) -> list[tuple[object, ...]]:
    with administrator.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def connections(administrator: connection) -> set[object]:
    rows = tell(administrator, "SELECT pid FROM pg_stat_activity WHERE usename = %s", ROLE)
    return {pid for (pid,) in rows}


@pytest.mark.parametrize("poll", [0.1, 3600], ids=["noticed", "refused first"])
async def test_the_database_password_changes_under_load(
    tmp_path: Path, postgres_url: str, administrator: connection, poll: float
) -> None:
    """Where the change is not noticed in time, the refusal of the old password makes the service look."""
    password = tmp_path / "password"
    password.write_text(OLD)
    url = postgres_url.replace("slipway@", f"{ROLE}@").removesuffix("/postgres") + f"/{ROLE}"
    settings: dict[str, Any] = {"database_url": url, "database_password_file": password, "secrets_poll_seconds": poll}
    with serving(tmp_path, log_level="info", **settings) as server:
        load = Load(server, log_in(server))
        async with load.running():
            await load.until(lambda: len(connections(administrator)) == 6)  # the pool, and one for the probes
            tell(administrator, f"ALTER ROLE {ROLE} PASSWORD '{NEW}'")
            await load.some()
            password.write_text(NEW)
            if poll < 1:
                await load.until(lambda: changed(server))
        old = connections(administrator)
        tell(administrator, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", ROLE)
        async with load.running():
            await load.until(lambda: len(connections(administrator) - old) >= 5)
        assert load.statuses == {200}
        assert changed(server) == ["database_password"]
        assert OLD not in server.output()
        assert NEW not in server.output()


async def test_the_database_password_may_change_in_its_file_first(
    tmp_path: Path, postgres_url: str, administrator: connection
) -> None:
    """The order without a moment in which a new connection fails, although each answer here needs one."""
    password = tmp_path / "password"
    password.write_text(OLD)
    url = postgres_url.replace("slipway@", f"{ROLE}@").removesuffix("/postgres") + f"/{ROLE}"
    with serving(tmp_path, log_level="info", database_url=url, database_password_file=password) as server:
        load = Load(server, log_in(server))
        password.write_text(NEW)
        await load.until(lambda: changed(server))
        await with_new_connections(administrator, load)
        tell(administrator, f"ALTER ROLE {ROLE} PASSWORD '{NEW}'")
        await with_new_connections(administrator, load)
        assert load.statuses == {200}


async def with_new_connections(administrator: connection, load: Load) -> None:
    """End all connections while nothing is under way, and wait until others are there."""
    old = connections(administrator)
    tell(administrator, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", ROLE)
    async with load.running():
        await load.until(lambda: connections(administrator) - old)


# --- Redis ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    if not program():
        pytest.skip("neither valkey-server nor redis-server is installed")
    with redis_server(tmp_path) as url, contextlib.closing(Redis.from_url(url)) as owner:
        owner.config_set("requirepass", OLD)
        yield owner


def limited(redis: Redis, password: Path) -> dict[str, Any]:
    port = redis.connection_pool.connection_kwargs["port"]
    url = {"redis_url": f"redis://127.0.0.1:{port}/0", "redis_password_file": password}
    return {**url, "rate_limit": "1000000/day", "secrets_poll_seconds": 0.1}


async def test_the_redis_password_changes_under_load(tmp_path: Path, redis: Redis) -> None:
    """Redis knows both passwords for a while, so that every limit stays shared, too."""
    password = tmp_path / "password"
    password.write_text(OLD)
    with serving(tmp_path, **limited(redis, password)) as server:
        load = Load(server, log_in(server), clients=4)
        async with load.running():
            redis.acl_setuser("default", enabled=True, passwords=[f"+{NEW}"])
            password.write_text(NEW)
            await load.until(lambda: changed(server))
            redis.acl_setuser("default", enabled=True, passwords=[f"-{OLD}"])
        redis.client_kill_filter(_type="normal", skipme=True)
        async with load.running():
            await load.some()
        metrics = (await asyncio.to_thread(httpx.get, f"{server.admin}/metrics")).text
    assert load.statuses == {200}
    assert all("ratelimit" in answer.headers for answer in load.answers), "a limit was not shared"
    assert 'slipway_redis_errors_total{use="rate limit"} 0.0' in metrics


async def test_redis_knows_only_the_new_password_before_the_service_does(tmp_path: Path, redis: Redis) -> None:
    """No request fails; what needs a new connection is counted in this process until the file follows."""
    password = tmp_path / "password"
    password.write_text(OLD)
    with serving(tmp_path, **limited(redis, password)) as server:
        load = Load(server, log_in(server), clients=4)
        async with load.running():
            await load.some()
            redis.config_set("requirepass", NEW)
            redis.client_kill_filter(_type="normal", skipme=True)
            await load.until(lambda: "ratelimit" not in load.answers[-1].headers)
            password.write_text(NEW)
            await load.until(lambda: "ratelimit" in load.answers[-1].headers)
        assert load.statuses == {200}


# --- signing keys ---------------------------------------------------------------------------------------------------


async def test_the_signing_key_changes_and_the_old_one_ends(tmp_path: Path) -> None:
    """The files are not looked at in time: the first token of another process makes this one look."""
    key = tmp_path / "key"
    key.write_text(OLD)
    times: dict[str, Any] = {"secrets_poll_seconds": 3600, "secrets_overlap_seconds": 5, "token_seconds": 1}
    with serving(tmp_path, signing_key_file=key, login_rate_limit="", **times) as server:
        log_in(server)

        def status(token: str) -> int:
            headers = {"authorization": f"Bearer {token}"}
            return httpx.get(f"{server.public}/api/v1/users/me", headers=headers).status_code

        def signs_with(secret: str) -> bool:
            kid = jwt.get_unverified_header(Tokens(secret.encode()).issue("1", "Ann"))["kid"]
            return bool(jwt.get_unverified_header(log_in(server))["kid"] == kid)

        foreign = Tokens(NEW.encode()).issue("1", "Ann")
        assert status(foreign) == 401
        load = Load(server, Tokens(OLD.encode(), seconds=900).issue("1", "Ann"))
        async with load.running():
            key.write_text(NEW)
            await load.until(lambda: status(foreign) == 200)
            assert signs_with(OLD)
            await load.until(lambda: signs_with(NEW))
        assert load.statuses == {200}
        until(lambda: status(Tokens(OLD.encode()).issue("1", "Ann")) == 401)
        assert status(foreign) == 200
        assert changed(server) == ["signing_key"]
