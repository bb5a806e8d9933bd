"""Promises that hold across processes: two servers on one PostgreSQL."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.support.people import join
from tests.support.postgres import PASSWORD
from tests.support.server import Server, serving

pytestmark = pytest.mark.process
ITEMS = "/api/v2/items"


@pytest.fixture
def pair(tmp_path: Path, postgres_url: str) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        servers = []
        for name in ("one", "other"):
            folder = tmp_path / name
            folder.mkdir()
            started = serving(folder, database_url=postgres_url, database_password=PASSWORD)
            servers.append(stack.enter_context(started))
        yield servers


async def test_fifty_sent_to_two_processes_under_one_key_make_one_item(pair: list[Server]) -> None:
    headers = {**join(pair[0].public).headers, "idempotency-key": uuid.uuid4().hex}
    async with httpx.AsyncClient(timeout=30) as client:

        async def send(number: int) -> httpx.Response:
            body = {"name": "once", "price": "1.50"}
            return await client.post(pair[number % 2].public + ITEMS, json=body, headers=headers)

        answers = await asyncio.gather(*map(send, range(50)))
        listed = await client.get(pair[1].public + ITEMS, params={"total": "true"}, headers=headers)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["x-request-id"] for answer in answers}) == 50
    assert listed.json()["page"]["total"] == 1


def test_a_tag_is_the_same_in_every_process(pair: list[Server]) -> None:
    headers = join(pair[0].public).headers
    made = httpx.post(pair[0].public + ITEMS, json={"name": "one", "price": 1}, headers=headers)
    for server in pair:
        for path in (made.headers["location"], ITEMS):
            answer = httpx.get(server.public + path, headers=headers)
            again = {**headers, "if-none-match": answer.headers["etag"]}
            assert [httpx.get(other.public + path, headers=again).status_code for other in pair] == [304, 304]
