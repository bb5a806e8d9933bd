import asyncio
import threading

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, TextClause, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from service.domain.models import Item
from service.platform.database import Database, engine_of
from service.platform.errors import ConflictError, UnavailableError
from service.platform.metrics import Metrics
from service.settings import Settings
from tests.support.served import served


@pytest.fixture
def database(settings: Settings) -> Database:
    return Database(
        engine_of(settings.database, size=2), engine_of(settings.database), Metrics("test"), size=2, wait_seconds=0.2
    )


@pytest.fixture(autouse=True)
def _close(database: Database):  # type: ignore[no-untyped-def]  # noqa: ANN202
    yield
    database.close()


def count(session: Session) -> int:
    return session.query(Item).count()


async def test_work_that_raises_leaves_nothing_behind(database: Database) -> None:
    before = await database.run(count)

    def half(session: Session) -> None:
        session.add(Item(name="half", price=1))
        session.flush()
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        await database.run(half)
    assert await database.run(count) == before


async def test_no_slot_in_time_is_unavailable_and_the_slots_come_back(database: Database) -> None:
    release = threading.Event()
    busy = [asyncio.create_task(database.run(lambda _session: release.wait(10))) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(UnavailableError, match=r"within 0\.2 s"):
        await asyncio.gather(database.run(count), database.run(count), database.run(count))
    release.set()
    await asyncio.gather(*busy, return_exceptions=True)
    assert await database.run(count) >= 0


async def test_saturation_does_not_look_like_an_outage(database: Database) -> None:
    release = threading.Event()
    busy = [asyncio.create_task(database.run(lambda _session: release.wait(10))) for _ in range(2)]
    await asyncio.sleep(0)
    async with asyncio.timeout(8):
        await database.inspect(lambda engine: engine.connect().close())
    release.set()
    await asyncio.gather(*busy, return_exceptions=True)


async def test_a_broken_constraint_is_a_conflict(database: Database) -> None:
    item = await database.run(_add)
    with pytest.raises(ConflictError):
        await database.run(lambda session: _add(session, id=item.id))


def _add(session: Session, /, **values: object) -> Item:
    item = Item(name="one", price=1, **values)
    session.add(item)
    session.flush()
    return item


async def test_a_wrong_statement_is_a_bug_and_not_an_outage(settings: Settings, database: Database) -> None:
    expected = ProgrammingError if not settings.sqlite else UnavailableError
    with pytest.raises(expected):
        await database.run(lambda session: session.execute(text("SELECT * FROM nowhere")))


async def test_killed_connections_are_replaced_without_an_error(postgres_settings: Settings) -> None:
    database = Database(
        engine_of(postgres_settings.database, name="victim"),
        engine_of(postgres_settings.database),
        Metrics("test"),
        size=1,
        wait_seconds=1,
    )
    await database.run(count)
    kill = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'")
    killed = await database.inspect(lambda engine: _one(engine, kill))
    assert killed is True
    assert await database.run(count) >= 0
    database.close()


async def test_a_commit_that_may_have_been_done_is_not_done_again(postgres_settings: Settings) -> None:
    killer = engine_of(postgres_settings.database)
    database = Database(engine_of(postgres_settings.database), killer, Metrics("test"), size=1, wait_seconds=1)
    done = 0

    def work(session: Session) -> None:
        nonlocal done
        done += 1
        own = session.scalar(text("SELECT pg_backend_pid()"))
        assert _one(killer, text(f"SELECT pg_terminate_backend({own}, 5000)")) is True

    with pytest.raises(UnavailableError):
        await database.run(work)
    assert done == 1
    assert await database.run(count) >= 0
    database.close()


def _one(engine: Engine, statement: TextClause) -> object:
    with engine.connect() as connection:
        return connection.execute(statement).scalar_one()


async def test_a_password_that_is_wrong_is_an_outage_and_is_told_nowhere(
    postgres_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    changes = {"database_password": SecretStr("canary"), "log_level": "info"}
    async with served(postgres_settings.model_copy(update=changes)) as service:
        ready = await service.admin.get("/health/ready")
    assert ready.json()["checks"]["database"] == {"status": "fail", "output": "unreachable"}
    told = str([vars(record) for record in caplog.records])
    assert "password authentication failed" in told
    assert "canary" not in told


async def test_postgresql_ends_a_statement_that_takes_too_long(postgres_settings: Settings) -> None:
    engine = engine_of(postgres_settings.database, statement_seconds=0.2)
    database = Database(engine, engine_of(postgres_settings.database), Metrics("test"), size=1, wait_seconds=1)
    with pytest.raises(UnavailableError):
        await database.run(lambda session: session.execute(text("SELECT pg_sleep(20)")))
    database.close()


async def test_of_two_that_lock_each_other_out_both_succeed(postgres_settings: Settings) -> None:
    """PostgreSQL ends one of them (40P01), which is then done again."""
    database = Database(
        engine_of(postgres_settings.database, size=2),
        engine_of(postgres_settings.database),
        Metrics("test"),
        size=2,
        wait_seconds=5,
    )
    first, second = (await database.run(_add)).id, (await database.run(_add)).id
    both_hold_one = threading.Barrier(2)
    attempts: list[int] = []

    def lock(session: Session, one: int, other: int) -> None:
        attempts.append(one)
        session.get_one(Item, one, with_for_update=True)
        if len(attempts) <= 2:
            both_hold_one.wait(10)
        session.get_one(Item, other, with_for_update=True)

    await asyncio.gather(database.run(lock, first, second), database.run(lock, second, first))
    assert len(attempts) == 3
    database.close()
