"""One unit of work is one hop to one thread that holds one connection.

Endpoints that hold a connection across several hops stop each other once threads run out: 471 requests/s at 20
clients became 0 at 300, while one hop under a limiter the size of the pool kept 883 with five connections.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy import URL, Dialect, Engine, StaticPool, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from service.platform.errors import ConflictError, UnavailableError
from service.platform.metrics import Metrics
from service.platform.secrets import Secrets

P = ParamSpec("P")
T = TypeVar("T")
PASSING = frozenset({"40001", "40P01"})  # serialization failure and deadlock: the other one has won, and is done
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000")


def engine_of(
    url: URL,
    *,
    size: int = 1,
    statement_seconds: float = 5.0,
    name: str = "slipway",
    secrets: Secrets | None = None,
) -> Engine:
    """An engine for SQLite or PostgreSQL that never waits without bound.

    Args:
        url: the address, password included.
        size: connections, all of them; there is no overflow.
        statement_seconds: longest statement, on PostgreSQL.
        name: what PostgreSQL shows as `application_name`.
        secrets: hold `database_password`, which may change; the address holds the one to begin with.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    limits = f"-c statement_timeout={statement_seconds}s -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s"
    arguments = {"application_name": name, "connect_timeout": 3, "keepalives_idle": 30, "options": limits}
    # No pre-ping, which costs every unit of work a round trip: what a dead connection did not do is done again.
    # No pool_recycle: a connection given up for its age alone could not be made again between the change of the
    # password in PostgreSQL and in its file.
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=2,
        pool_use_lifo=True,
        connect_args=arguments,
        hide_parameters=True,  # neither an error's text nor a logged statement repeats what was stored
    )
    if secrets:
        event.listen(engine, "do_connect", _with_current_password(secrets))
    return engine


def _with_current_password(secrets: Secrets) -> Callable[..., DBAPIConnection | None]:
    """Connect with the password as it is now, else as its file has it by then, else with the last one that was right.

    The last serves where the file changes before PostgreSQL does: the order in which nobody lacks a connection.
    """
    right = ""

    def held() -> str:
        return secrets["database_password"]

    def fresh() -> str:
        secrets.refresh()
        return held()

    def last() -> str:
        return right

    def connect(
        dialect: Dialect, _entry: ConnectionPoolEntry, words: list[Any], options: dict[str, Any]
    ) -> DBAPIConnection | None:
        nonlocal right
        refusals: dict[str, Exception] = {}
        for candidate in (held, fresh, last):
            password = candidate()
            if not password or password in refusals:
                continue
            try:
                connection = dialect.connect(*words, **{**options, "password": password})
            except dialect.loaded_dbapi.OperationalError as refusal:
                refusals[password] = refusal
            else:
                right = password
                return connection
        if refusals:
            raise next(iter(refusals.values()))
        return None  # the address has its own, or none is needed

    return connect


def _sqlite(url: URL) -> Engine:
    # One connection that the threads take in turn: SQLite has one writer anyway, a transaction that begins by reading
    # could not become one while another writes, and each further connection to memory would be an empty database.
    engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


class Database:
    """The service's database.

    Args:
        engine: serves requests.
        probe: serves the probes alone, so that saturation never looks like an outage.
        metrics: receives the slots in use and waited for.
        size: units of work at once; on SQLite always one.
        wait_seconds: longest wait for a free slot before UnavailableError.
    """

    def __init__(self, engine: Engine, probe: Engine, metrics: Metrics, *, size: int, wait_seconds: float) -> None:
        self.engine = engine
        self.probe = probe
        self._metrics = metrics
        self._wait_seconds = wait_seconds
        slots = 1 if engine.dialect.name == "sqlite" else size
        metrics.size.set(slots)
        self._slots = asyncio.Semaphore(slots)
        self._threads = CapacityLimiter(slots)
        self._probe_thread = CapacityLimiter(1)

    async def run(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the work in a transaction of its own: committed where it returns, rolled back where it raises.

        The work does nothing but use its session, because it is done again where PostgreSQL ends it for another's sake,
        and where its connection turns out to be dead before the commit.

        Raises:
            UnavailableError: no slot became free in time, or the database does not answer.
            ConflictError: a constraint refused the change.
        """
        async with self._slot():
            return await to_thread.run_sync(lambda: self._transact(work, *args, **kwargs), limiter=self._threads)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        self._metrics.waiting.inc()
        try:
            with self._metrics.wait.time():
                async with asyncio.timeout(self._wait_seconds):
                    await self._slots.acquire()
        except TimeoutError:
            raise UnavailableError(f"No database connection became free within {self._wait_seconds:g} s.") from None
        finally:
            self._metrics.waiting.dec()
        with self._metrics.slots.track_inprogress():
            try:
                yield
            finally:
                self._slots.release()

    def _transact(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return _insist(partial(self._attempt, work, *args, **kwargs))
        except IntegrityError as error:
            raise ConflictError("The change contradicts what is stored.") from error
        except DBAPIError as error:
            if not _is_outage(error):
                raise
            raise UnavailableError("The database does not answer.") from error

    def _attempt(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            return work(session, *args, **kwargs)

    async def inspect(self, question: Callable[[Engine], T]) -> T:
        """Ask something on the probes' own connection and thread."""
        ask = partial(_insist, partial(question, self.probe))
        return await to_thread.run_sync(ask, limiter=self._probe_thread, abandon_on_cancel=True)

    def close(self) -> None:
        """Close both pools."""
        self.engine.dispose()
        self.probe.dispose()


def _insist(attempt: Callable[[], T]) -> T:
    """Try, and once more where nothing of the first attempt stands."""
    try:
        return attempt()
    except DBAPIError as error:
        if not _is_undone(error):
            raise
    return attempt()


def _is_undone(error: DBAPIError) -> bool:
    """Whether nothing of the work can stand: it was ended for another's sake, or no commit was sent.

    An error of the commit itself has no statement, and then nobody knows.
    """
    lost = error.connection_invalidated and error.statement is not None
    return lost or getattr(error.orig, "pgcode", None) in PASSING


def _is_outage(error: DBAPIError) -> bool:
    """Whether the server is away or gave up, rather than refused a statement of ours."""
    return error.connection_invalidated or type(error).__name__ == "OperationalError"


def ping(engine: Engine) -> None:
    """One round trip.

    Raises:
        DBAPIError: the database does not answer.
    """
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
