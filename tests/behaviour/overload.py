"""G10: the wait for a database slot is bounded, and ten times too much work leaves the goodput standing."""

import asyncio
import contextlib
from collections.abc import Iterator

import httpx
from sqlalchemy import Connection, create_engine, text

from service.settings import Settings
from tests.behaviour import budgets
from tests.behaviour.figures import Figure
from tests.behaviour.load import Tally, at, closed_loop, open_loop
from tests.behaviour.probing import stopped
from tests.behaviour.stand import Reader, Stand, a_reader
from tests.support.postgres import PASSWORD

CLIENTS = 20
POOL = 2
# Makes the database the bottleneck, not this machine: two connections then do 50 of these reads a second.
SLOW_READ = 0.04
SECONDS = 6.0
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'slipway'"
SLOW_USERS = (
    "ALTER TABLE users RENAME TO fast_users",
    f"CREATE VIEW users AS SELECT fast_users.* FROM fast_users, pg_sleep({SLOW_READ})",  # noqa: S608 - a number of ours
)
FAST_USERS = ("DROP VIEW users", "ALTER TABLE fast_users RENAME TO users")


@contextlib.contextmanager
def connected(stand: Stand) -> Iterator[Connection]:
    """The database as its owner sees it."""
    engine = create_engine(Settings(database_url=stand.postgres, database_password=PASSWORD).database)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection
    engine.dispose()


@contextlib.contextmanager
def hung_database(stand: Stand) -> Iterator[None]:
    """Every connection of the service hangs; its threads with them."""
    with connected(stand) as connection, contextlib.ExitStack() as stack:
        for pid in connection.scalars(text(BACKENDS)).all():
            stack.enter_context(stopped(pid))
        yield


@contextlib.contextmanager
def slow_database(stand: Stand) -> Iterator[None]:
    """Whoever reads a user waits."""
    with connected(stand) as connection:
        for statement in SLOW_USERS:
            connection.execute(text(statement))
        try:
            yield
        finally:
            for statement in FAST_USERS:
                connection.execute(text(statement))


def refusals(stand: Stand) -> tuple[list[float], int]:
    """Seconds to each 503 while the database hangs, and how many of them are problems with Retry-After."""
    with stand.serving(database_pool_size=POOL) as server:
        reader = a_reader(server.public)
        asyncio.run(closed_loop(at(server.public), reader.request, clients=CLIENTS, seconds=0.5))
        with hung_database(stand), httpx.Client(base_url=server.public, headers=reader.person.headers) as client:
            load = closed_loop(at(server.public), reader.request, clients=CLIENTS, seconds=5.0)
            tally = asyncio.run(load)
            answers = [client.get(reader.path) for _ in range(2)]
    proper = sum(
        answer.status_code == 503
        and "retry-after" in answer.headers
        and answer.headers["content-type"] == "application/problem+json"
        for answer in answers
    )
    return tally.refused, 100 * proper // len(answers)


def peak_and_goodput(address: str, request: bytes, seconds: float = SECONDS) -> tuple[Tally, Tally]:
    """The most that it can do, and what it does when asked for ten times that."""
    peak = asyncio.run(closed_loop(at(address), request, clients=4 * POOL, seconds=seconds))
    over = asyncio.run(open_loop(address, request, rate=10 * peak.rate, seconds=seconds))
    return peak, over


def told(peak: Tally, over: Tally) -> float:
    print(f"G10: peak {peak.rate:.0f}/s; at ten times that {over.rate:.0f}/s, {dict(over.outcomes.most_common(3))}")
    return 100 * over.rate / peak.rate


def measure(stand: Stand) -> Iterator[Figure]:
    waits, proper = refusals(stand)
    yield Figure(budgets.WAIT, max(waits, default=60.0), "30 s")
    yield Figure(budgets.RETRY_AFTER, proper, "0 %")
    with stand.serving(database_pool_size=POOL) as server:
        reader: Reader = a_reader(server.public)
        with slow_database(stand):
            ours = told(*peak_and_goodput(server.public, reader.request))
            with stand.naive_on_postgres(naive_pool=str(POOL)) as naive:
                usual = told(*peak_and_goodput(naive.address, reader.request))
    yield Figure(budgets.GOODPUT, ours, f"{usual:.0f} %")
