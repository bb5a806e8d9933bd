"""What the service's tests share; each folder's own conftest says what it needs besides."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from service.settings import Settings
from tests.support.postgres import PASSWORD, postgres, programs
from tests.support.redis import program, redis_server
from tests.support.served import Served, migrate, served

# How long one example takes says how busy the machine is; promises about time have tests of their own.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")
# What waits for a connection on a busy machine is not what most tests are about.
PATIENT: dict[str, Any] = {"log_level": "warning", "database_wait_seconds": 30}
REQUIRED_REDIS = os.environ.get("REQUIRE_REDIS")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own SLIPWAY_ settings must not change what a test sees."""
    for name in [name for name in os.environ if name.startswith("SLIPWAY_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed: no initdb")
    with postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own, or the one that REQUIRE_REDIS names; there, tests share it with others."""
    if program():
        with redis_server(tmp_path_factory.mktemp("redis")) as url:
            yield url
    elif REQUIRED_REDIS:
        yield REQUIRED_REDIS
    else:
        pytest.skip("neither valkey-server nor redis-server is installed")


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{tmp_path}/service.db", **PATIENT)


@pytest.fixture
def postgres_settings(postgres_url: str) -> Settings:
    chosen = Settings(database_url=postgres_url, database_password=PASSWORD, **PATIENT)
    migrate(chosen)
    return chosen


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """Settings for each kind of database in turn, migrated."""
    chosen: Settings = request.getfixturevalue(f"{request.param}_settings")
    migrate(chosen)
    return chosen


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Served]:
    async with served(settings) as running:
        yield running
