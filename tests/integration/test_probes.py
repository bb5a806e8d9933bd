import asyncio
import threading

import pytest
from sqlalchemy.orm import Session

from service.settings import Settings
from tests.support.ports import free_port
from tests.support.served import Served, migrate, served

READY = ("/health/ready", "/readyz", "/health", "/healthz")
ALWAYS = ("/health/live", "/livez", "/health/startup")


@pytest.mark.parametrize("path", [*READY, *ALWAYS])
async def test_every_probe_answers_on_both_ports(service: Served, path: str) -> None:
    for client in (service.public, service.admin):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert answer.json()["status"] == "pass"
        assert answer.headers["cache-control"] == "no-store"


async def test_readiness_lists_each_check(service: Served) -> None:
    checks = (await service.admin.get("/health/ready")).json()["checks"]
    assert checks["database"]["output"].startswith(("sqlite", "postgresql"))


async def test_a_pending_migration_keeps_the_pod_unready_and_alive(sqlite_settings: Settings) -> None:
    async with served(sqlite_settings) as service:
        for path in READY:
            answer = await service.admin.get(path)
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert "schema revision is none" in answer.json()["checks"]["database"]["output"]
        for path in ALWAYS:
            assert (await service.admin.get(path)).status_code == 200
        migrate(sqlite_settings)
        await service.app.health.refresh()
        assert (await service.admin.get("/health/ready")).status_code == 200


async def test_a_database_away_is_named_without_its_address() -> None:
    url = f"postgresql://canary@127.0.0.1:{free_port()}/name"
    async with served(Settings(database_url=url)) as service:
        answer = await service.public.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["checks"]["database"] == {"status": "fail", "output": "unreachable"}
        assert "canary" not in answer.text
        assert (await service.public.get("/health/live")).status_code == 200
        token = service.state["tokens"].issue("1", "Ann")
        refused = await service.public.get("/api/v1/items", headers={"authorization": f"Bearer {token}"})
        assert refused.status_code == 503
        assert refused.headers["retry-after"]


async def test_redis_is_checked_where_it_is_configured(sqlite_settings: Settings) -> None:
    migrate(sqlite_settings)
    away = sqlite_settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}/0"})
    async with served(away) as service:
        checks = (await service.admin.get("/health/ready")).json()["checks"]
        assert checks["database"]["status"] == "pass"
        assert checks["redis"] == {"status": "fail", "output": "unreachable"}
        told = (await service.admin.get("/metrics")).text
    assert 'slipway_dependency_fit{check="database"} 1.0' in told
    assert 'slipway_dependency_fit{check="redis"} 0.0' in told


async def test_a_pod_that_is_starting_is_alive_and_says_so(service: Served) -> None:
    service.app.lifecycle.started = False
    for path in ("/health/ready", "/health/startup"):
        answer = await service.admin.get(path)
        assert (answer.status_code, answer.json()["detail"]) == (503, "The service is starting.")
    assert (await service.admin.get("/health/live")).status_code == 200


async def test_a_draining_pod_is_unready_and_alive_and_still_answers(service: Served) -> None:
    service.app.lifecycle.draining = True
    answer = await service.admin.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["draining"] is True
    assert (await service.admin.get("/health/live")).status_code == 200
    served_answer = await service.public.get("/api/version")
    assert served_answer.status_code == 200
    assert served_answer.headers["connection"] == "close"


async def test_a_saturated_pod_stays_ready(postgres_settings: Settings) -> None:
    """Every pod is saturated at once, so readiness must not follow: nobody would be left to answer."""
    held, release = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        session.connection()
        held.set()
        release.wait(20)

    async with served(postgres_settings.model_copy(update={"database_pool_size": 1})) as service:
        busy = asyncio.create_task(service.state["database"].run(hold))
        await asyncio.to_thread(held.wait, 20)
        await service.app.health.refresh()
        assert (await service.admin.get("/health/ready")).status_code == 200
        release.set()
        await busy
