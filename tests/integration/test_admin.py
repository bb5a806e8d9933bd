"""The admin port's switches."""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from service.platform import logs
from service.settings import Settings
from tests.integration.test_problems import assert_problem
from tests.support.served import Served, migrate, served

TOKEN = "t" * 16
BEARER = {"authorization": f"Bearer {TOKEN}"}
SWITCHES = [
    ("GET", "/log-level"),
    ("PUT", "/log-level"),
    ("GET", "/faults"),
    ("POST", "/faults"),
    ("DELETE", "/faults"),
]


@pytest.fixture(autouse=True)
def _restore_level() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in ("root", "sqlalchemy.engine")}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
async def service(sqlite_settings: Settings) -> AsyncIterator[Served]:
    migrate(sqlite_settings)
    async with served(changed(sqlite_settings, admin_token=TOKEN)) as running:
        yield running


def changed(settings: Settings, **changes: Any) -> Settings:
    return Settings(**{**settings.model_dump(exclude_unset=True), **changes})


async def inject(service: Served, **fault: object) -> httpx.Response:
    return await service.admin.post("/faults", json=fault, headers=BEARER)


@pytest.mark.parametrize(("method", "path"), SWITCHES)
async def test_a_switch_needs_the_token(service: Served, method: str, path: str) -> None:
    for headers in ({}, {"authorization": f"Bearer {TOKEN}x"}, {"authorization": f"Basic {TOKEN}"}, {"x-token": TOKEN}):
        answer = await service.admin.request(method, path, headers=headers)
        assert_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert (await service.admin.request(method, path, headers=BEARER)).status_code in (200, 204, 422)


@pytest.mark.parametrize(("method", "path"), SWITCHES)
async def test_without_a_token_there_is_no_switch(sqlite_settings: Settings, method: str, path: str) -> None:
    async with served(sqlite_settings) as closed:
        for headers in ({}, BEARER, {"authorization": "Bearer "}):
            assert_problem(await closed.admin.request(method, path, headers=headers), 404)


@pytest.mark.parametrize(("method", "path"), SWITCHES)
async def test_the_public_port_has_no_switch(service: Served, method: str, path: str) -> None:
    assert_problem(await service.public.request(method, path, headers=BEARER), 404)


async def test_the_level_of_the_logs_is_read_and_changed(service: Served) -> None:
    for level in ("debug", "error", "info"):
        answer = await service.admin.put("/log-level", json={"level": level}, headers=BEARER)
        assert (answer.status_code, answer.json()) == (200, {"level": level})
        assert (await service.admin.get("/log-level", headers=BEARER)).json() == {"level": level}
        assert logs.current_level() == level
    for wrong in ({"level": "loud"}, {}, {"level": "info", "more": 1}):
        assert_problem(await service.admin.put("/log-level", json=wrong, headers=BEARER), 422)
    assert logs.current_level() == "info"


async def test_a_fault_answers_with_its_status_on_its_route_alone(service: Served) -> None:
    answer = await inject(service, route="/api/version", status=503, seconds=60)
    assert answer.status_code == 201
    assert answer.json()["seconds_left"] == pytest.approx(60, abs=5)
    assert_problem(await service.public.get("/api/version"), 503)
    assert (await service.public.get("/")).status_code == 200
    assert (await service.admin.get("/faults", headers=BEARER)).json()[0]["route"] == "/api/version"
    assert (await service.admin.delete(answer.headers["location"], headers=BEARER)).status_code == 204
    assert (await service.public.get("/api/version")).status_code == 200
    assert_problem(await service.admin.delete(answer.headers["location"], headers=BEARER), 404)
    metrics = (await service.admin.get("/metrics")).text
    assert 'slipway_faults_injected_total{kind="status"} 1.0' in metrics


async def test_a_fault_makes_answers_late(service: Served) -> None:
    await inject(service, route="/api/version", latency_ms=300)
    begin = time.monotonic()
    answers = await asyncio.gather(*(service.public.get("/api/version") for _ in range(5)))
    assert time.monotonic() - begin >= 0.3
    assert {answer.status_code for answer in answers} == {200}
    assert 'slipway_faults_injected_total{kind="latency"} 5.0' in (await service.admin.get("/metrics")).text


async def test_a_fault_hits_its_share(service: Served) -> None:
    service.app.faults._dice = random.Random(7)  # noqa: S311 - repeatable
    await inject(service, route="/api/version", percent=30, status=500)
    statuses = Counter([(await service.public.get("/api/version")).status_code for _ in range(200)])
    assert statuses[500] == pytest.approx(60, abs=15)
    assert statuses[200] == 200 - statuses[500]


async def test_probes_and_the_admin_port_are_never_hit(service: Served) -> None:
    await inject(service, route="/", status=500)
    assert_problem(await service.public.get("/anything"), 500)
    for client, path in ((service.public, "/livez"), (service.admin, "/health/ready"), (service.admin, "/metrics")):
        assert (await client.get(path)).status_code == 200
    assert (await service.admin.delete("/faults", headers=BEARER)).status_code == 204
    assert (await service.public.get("/")).status_code == 200


@pytest.mark.parametrize("wrong", [{}, {"route": "/a"}, {"route": "a", "status": 500}, {"route": "/a", "status": 200}])
async def test_a_fault_that_makes_no_sense_is_a_problem(service: Served, wrong: dict[str, object]) -> None:
    assert assert_problem(await inject(service, **wrong), 422)["errors"]
    assert not service.app.faults


@pytest.mark.parametrize(
    ("environment", "faults", "status"),
    [("production", None, 404), ("production", True, 201), ("staging", None, 201), ("staging", False, 404)],
)
async def test_production_has_no_faults_unless_told(
    sqlite_settings: Settings,
    environment: str,
    faults: bool | None,  # noqa: FBT001 - a parameter
    status: int,
) -> None:
    chosen = changed(sqlite_settings, environment=environment, faults=faults, admin_token=TOKEN, signing_key="k" * 32)
    async with served(chosen) as running:
        assert (await inject(running, route="/a", status=500)).status_code == status
        assert (await running.admin.get("/log-level", headers=BEARER)).status_code == 200
