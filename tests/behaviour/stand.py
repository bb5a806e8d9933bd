"""What the measurements run against: real servers, each in a folder of its own."""

import asyncio
import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
from redis import Redis

from tests.behaviour.load import Tally, at, closed_loop, get
from tests.support.naive import NaiveServer, naive
from tests.support.people import Person, join
from tests.support.postgres import PASSWORD, postgres
from tests.support.redis import redis_server
from tests.support.server import Server, serving

QUIET: dict[str, Any] = {"log_level": "warning", "login_rate_limit": "", "cache_seconds": 0}


@dataclass
class Stand:
    """Databases that start when they are first needed, and servers on them."""

    folder: Path
    stack: ExitStack
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def new_folder(self) -> Path:
        folder = self.folder / str(next(self.numbers))
        folder.mkdir()
        return folder

    @cached_property
    def postgres(self) -> str:
        return self.stack.enter_context(postgres(self.new_folder()))

    @cached_property
    def redis(self) -> str:
        return self.stack.enter_context(redis_server(self.new_folder()))

    @property
    def redis_pid(self) -> int:
        with Redis.from_url(self.redis) as client:
            return int(client.info("server")["process_id"])

    def serving(self, **settings: Any) -> AbstractContextManager[Server]:
        """The service on PostgreSQL."""
        database = {"database_url": self.postgres, "database_password": PASSWORD}
        return serving(self.new_folder(), **{**database, **QUIET, **settings})

    def naive(self, module: str, **options: Any) -> AbstractContextManager[NaiveServer]:
        """One of tests/naive."""
        return naive(module, self.new_folder(), **options)

    def naive_on_postgres(self, **options: Any) -> AbstractContextManager[NaiveServer]:
        """The session-per-request shape on the same database."""
        from service.settings import Settings  # noqa: PLC0415 - only here

        url = Settings(database_url=self.postgres, database_password=PASSWORD).database
        address = url.render_as_string(hide_password=False)
        return self.naive("session_per_request", naive_database=address, **options)


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    """A stand whose servers end with the block."""
    with ExitStack() as stack:
        yield Stand(folder, stack)


@dataclass(frozen=True)
class Reader:
    """A user, and one item of theirs."""

    person: Person
    path: str

    @property
    def request(self) -> bytes:
        return get(self.path, self.person.headers)


def a_reader(address: str) -> Reader:
    person = join(address)
    made = httpx.post(f"{address}/api/v1/items", json={"name": "a", "price": 1}, headers=person.headers)
    assert made.status_code == 201, made.text
    return Reader(person, made.headers["location"])


def hammer(address: str, request: bytes, clients: int, seconds: float) -> Tally:
    """A closed loop on one address; a plain function, so that it can run in another process."""
    return asyncio.run(closed_loop(at(address), request, clients=clients, seconds=seconds))


@contextmanager
def beside(work: Any, *arguments: object) -> Iterator["Future[Any]"]:
    """Run the function in another process, whose work delays none of this one's."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(int).result()  # it has started
        yield pool.submit(work, *arguments)
