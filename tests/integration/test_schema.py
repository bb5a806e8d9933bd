from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from service.domain.models import Table
from service.platform.database import engine_of
from service.platform.probes import UnfitError
from service.platform.schema import Schema
from service.resources import MIGRATIONS
from service.settings import Settings
from tests.support.postgres import PASSWORD
from tests.support.server import run_service


@pytest.fixture
def engine(settings: Settings):  # type: ignore[no-untyped-def]  # noqa: ANN201
    engine = engine_of(settings.database, size=2)
    yield engine
    engine.dispose()


def test_the_migrations_make_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []


def test_up_down_and_up_again(engine: Engine) -> None:
    schema = Schema(MIGRATIONS)
    schema._config.attributes["engine"] = engine
    command.downgrade(schema._config, "base")
    with pytest.raises(UnfitError, match="is none"):
        schema.check(engine)
    schema.upgrade(engine)
    assert f"schema {schema.head}" in schema.check(engine)


def test_the_code_before_goes_on_storing_items_and_the_way_back_keeps_them(engine: Engine) -> None:
    """What release N-1 sends while a rollout lasts, and what it finds after a rollback."""
    schema = Schema(MIGRATIONS)
    schema._config.attributes["engine"] = engine
    moment = {"now": "2026-01-01 00:00:00+00:00"}
    user = "INSERT INTO users (email, name, password_hash, active, created_at)"
    with engine.begin() as connection:
        connection.execute(text(f"{user} VALUES ('n-1@example.org', 'Ann', 'x', true, :now)"), moment)
        item = "INSERT INTO items (name, price, created_at, updated_at) VALUES ('n-1', 1, :now, :now)"
        connection.execute(text(item), moment)
        kept = text("SELECT revision, owner_id FROM items WHERE name = 'n-1'")
        assert connection.execute(kept).one() == (1, None)
    command.downgrade(schema._config, "0002")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT name, price FROM items WHERE name = 'n-1'")).one() == ("n-1", 1)
    schema.upgrade(engine)
    with engine.begin() as connection:
        assert connection.execute(kept).one() == (1, None)
        connection.execute(text("DELETE FROM items WHERE name = 'n-1'"))
        connection.execute(text("DELETE FROM users WHERE email = 'n-1@example.org'"))


def test_a_newer_schema_is_fit_for_this_code_and_left_alone(engine: Engine) -> None:
    """While a rollout lasts, and after a rollback, the database is ahead."""
    schema = Schema(MIGRATIONS)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    assert "from-the-future" in schema.check(engine)
    schema.upgrade(engine)
    assert "from-the-future" in schema.check(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": schema.head})


@pytest.mark.process
def test_two_migrations_at_once_take_turns(tmp_path: Path, postgres_settings: Settings) -> None:
    engine = engine_of(postgres_settings.database)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE idempotency_keys, items, users, alembic_version"))
    engine.dispose()
    settings = {"database_url": postgres_settings.database_url, "database_password": PASSWORD}
    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda _: run_service(tmp_path, "migrate", **settings), range(2)))
    assert [run.returncode for run in runs] == [0, 0], [run.stdout + run.stderr for run in runs]
