import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.platform.tokens import Tokens
from service.settings import Settings
from tests.integration.test_problems import assert_problem
from tests.support.ports import free_port
from tests.support.redis import program, redis_server
from tests.support.served import Served, migrate, served
from tests.support.server import Server, serving

USERS, TOKENS = "/api/v1/users", "/api/v1/tokens"
FORM = {"username": "nobody@example.org", "password": "wrong horse 2"}


@pytest.fixture
async def limited(sqlite_settings: Settings) -> AsyncIterator[Served]:
    migrate(sqlite_settings)
    rates = {"rate_limit": "6/day", "login_rate_limit": "3/day"}
    async with served(sqlite_settings.model_copy(update=rates)) as running:
        yield running


async def test_the_answer_tells_how_the_client_stands(limited: Served) -> None:
    for left in (5, 4, 3, 2, 1, 0):
        answer = await limited.public.get("/api/version")
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"default";q=6;w=86400'
        name, remaining, reset = answer.headers["ratelimit"].split(";")
        assert (name, remaining) == ('"default"', f"r={left}")
        assert int(reset.removeprefix("t=")) > 0


async def test_above_the_limit_a_problem_says_when_to_come_back(limited: Served) -> None:
    for _ in range(6):
        await limited.public.get("/api/version")
    for path in ("/api/version", "/nowhere"):
        answer = await limited.public.get(path)
        body = assert_problem(answer, 429)
        assert answer.headers["retry-after"] in body["detail"]
        assert answer.headers["ratelimit"].endswith(f"r=0;t={answer.headers['retry-after']}")


async def test_probes_and_metrics_are_never_limited(limited: Served) -> None:
    for _ in range(10):
        for client, path in ((limited.public, "/health/ready"), (limited.admin, "/metrics")):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert "ratelimit" not in answer.headers


async def test_a_user_has_a_count_of_their_own(limited: Served) -> None:
    for _ in range(7):
        answer = await limited.public.get("/api/version")
    assert answer.status_code == 429
    tokens = limited.state["tokens"]
    for subject, status in (("1", 200), ("2", 200)):
        headers = {"authorization": f"Bearer {tokens.issue(subject, 'Ann')}"}
        assert (await limited.public.get("/api/version", headers=headers)).status_code == status
    headers = {"authorization": "Bearer made-up"}
    assert (await limited.public.get("/api/version", headers=headers)).status_code == 429


async def test_logins_and_registrations_have_a_stricter_limit_whatever_the_token(limited: Served) -> None:
    tokens = limited.state["tokens"]
    answers: list[httpx.Response] = []
    for path in (TOKENS, USERS, f"{TOKENS}%0A", TOKENS, USERS):
        headers = {"authorization": f"Bearer {tokens.issue(str(len(answers)), 'Ann')}"}
        answers.append(await limited.public.post(path, data=FORM, headers=headers))
    assert [answer.status_code for answer in answers[-2:]] == [429, 429]
    assert 429 not in {answer.status_code for answer in answers[:3]}
    assert answers[0].headers["ratelimit-policy"] == '"default";q=6;w=86400, "login";q=3;w=86400'


async def test_nothing_is_said_where_nothing_is_limited(service: Served) -> None:
    for _ in range(20):
        answer = await service.public.get("/api/version")
        assert answer.status_code == 200
        assert not {"ratelimit", "ratelimit-policy"} & set(answer.headers)


async def test_ten_logins_a_minute_without_being_told(service: Served) -> None:
    answers = [await service.public.post(TOKENS, data=FORM) for _ in range(12)]
    assert answers[0].headers["ratelimit-policy"] == '"login";q=10;w=60'
    assert [answer.status_code for answer in answers[:10]] == [401] * 10
    assert answers[-1].status_code == 429


async def test_an_outage_of_redis_is_counted_and_stops_nobody(sqlite_settings: Settings) -> None:
    migrate(sqlite_settings)
    changes = {"redis_url": f"redis://127.0.0.1:{free_port()}/0", "rate_limit": "2/day", "login_rate_limit": "3/day"}
    async with served(sqlite_settings.model_copy(update=changes)) as service:
        assert {(await service.public.get("/api/version")).status_code for _ in range(5)} == {200}
        logins = [(await service.public.post(TOKENS, data=FORM)).status_code for _ in range(4)]
        metrics = (await service.admin.get("/metrics")).text
    assert logins == [401, 401, 401, 429]
    assert 'slipway_redis_errors_total{use="rate limit"} 13.0' in metrics


async def attempts(server: Server, *forwarded: str) -> list[int]:
    async with httpx.AsyncClient(base_url=server.public) as client:
        return [
            (await client.post(TOKENS, data=FORM, headers={"x-forwarded-for": each})).status_code for each in forwarded
        ]


@pytest.mark.process
async def test_a_made_up_forwarded_address_does_not_evade_the_limit_behind_a_proxy(tmp_path: Path) -> None:
    """The test's own address is the proxy here; what it adds is the last entry."""
    with serving(tmp_path, login_rate_limit="3/day", forwarded_allow_ips="127.0.0.0/8") as server:
        rotated = [f"198.51.100.{number}, 203.0.113.7" for number in range(5)]
        assert await attempts(server, *rotated) == [401, 401, 401, 429, 429]
        assert await attempts(server, "203.0.113.8") == [401]


@pytest.mark.process
async def test_nor_does_it_without_a_proxy(tmp_path: Path) -> None:
    with serving(tmp_path, login_rate_limit="3/day", forwarded_allow_ips="192.0.2.1") as server:
        assert await attempts(server, *(f"198.51.100.{number}" for number in range(5))) == [401, 401, 401, 429, 429]


@pytest.mark.process
async def test_two_processes_count_as_one(tmp_path: Path, redis_url: str) -> None:
    """A day's window, so that none ends while the test runs; the client is this test's own user."""
    settings: dict[str, Any] = {"redis_url": redis_url, "rate_limit": "50/day", "signing_key": "k" * 32}
    user = Tokens(b"k" * 32).issue(uuid.uuid4().hex, "Ann")
    headers = {"authorization": f"Bearer {user}"}
    (tmp_path / "other").mkdir()
    with serving(tmp_path, **settings) as one, serving(tmp_path / "other", **settings) as other:
        async with httpx.AsyncClient(headers=headers, limits=httpx.Limits(max_connections=8), timeout=60) as client:
            answers = await asyncio.gather(
                *(client.get(f"{server.public}/api/version") for server in (one, other) for _ in range(50))
            )
            last = [await client.get(f"{server.public}/api/version") for server in (one, other)]
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 429}
    assert abs(statuses.count(200) - 50) <= 1
    assert [answer.status_code for answer in last] == [429, 429]


async def test_redis_dies_and_comes_back_and_nobody_is_turned_away(sqlite_settings: Settings, tmp_path: Path) -> None:
    if not program():
        pytest.skip("neither valkey-server nor redis-server is installed")
    migrate(sqlite_settings)
    port = free_port()
    changes = {"redis_url": f"redis://127.0.0.1:{port}/0", "rate_limit": "1000/day", "login_rate_limit": ""}

    async with served(sqlite_settings.model_copy(update=changes)) as service:

        async def shared() -> bool:
            answer = await service.public.get("/api/version")
            assert answer.status_code == 200
            return "ratelimit" in answer.headers

        for _ in range(2):
            assert not await shared()
            with redis_server(tmp_path, port):
                async with asyncio.timeout(20):
                    while not await shared():  # noqa: ASYNC110 - another process has no event to wait for
                        await asyncio.sleep(0.05)
            assert not await shared()
