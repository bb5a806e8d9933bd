"""G28: a rate limit across two processes, without Redis, and against made-up addresses."""

import asyncio
import uuid
from collections.abc import Iterator

import httpx

from service.platform.tokens import Tokens
from service.settings import DEVELOPMENT_KEY
from tests.behaviour import budgets
from tests.behaviour.figures import Figure
from tests.behaviour.probing import stopped
from tests.behaviour.stand import Stand

LIMIT = 100
WHOLE_DAY = f"{LIMIT}/day"
FORM = {"username": "nobody@example.org", "password": "correct horse battery"}


def headers() -> dict[str, str]:
    """Of a client that nobody counted yet; the limiter takes whom the token names."""
    return {"authorization": f"Bearer {Tokens(DEVELOPMENT_KEY.encode()).issue(uuid.uuid4().hex, 'Ann')}"}


async def statuses(addresses: list[str], times: int) -> list[int]:
    """Ask each in turn, all at once."""
    async with httpx.AsyncClient(headers=headers(), timeout=30) as client:
        asked = (client.get(f"{address}/api/version") for _ in range(times) for address in addresses)
        return [answer.status_code for answer in await asyncio.gather(*asked)]


def accepted(stand: Stand, **settings: object) -> int:
    """Of twice the limit, asked of two processes."""
    with stand.serving(rate_limit=WHOLE_DAY, **settings) as one, stand.serving(rate_limit=WHOLE_DAY, **settings) as two:
        return asyncio.run(statuses([one.public, two.public], LIMIT)).count(200)


def failed_without_redis(stand: Stand) -> int:
    """Of the limit, asked while Redis answers nothing."""
    with stand.serving(rate_limit=WHOLE_DAY, redis_url=stand.redis) as server, stopped(stand.redis_pid):
        answers = asyncio.run(statuses([server.public], LIMIT))
    return len(answers) - answers.count(200)


def evaded(stand: Stand, proxies: str) -> int:
    """Logins accepted beyond the limit of three by one client that makes up an address for each."""
    with (
        stand.serving(login_rate_limit="3/day", forwarded_allow_ips=proxies) as server,
        httpx.Client(base_url=server.public) as client,
    ):
        answers = [_log_in(client, f"198.51.100.{number}, 203.0.113.7") for number in range(10)]
    return sum(status != 429 for status in answers) - 3


def _log_in(client: httpx.Client, forwarded: str) -> int:
    return client.post("/api/v2/tokens", data=FORM, headers={"x-forwarded-for": forwarded}).status_code


def measure(stand: Stand) -> Iterator[Figure]:
    alone = accepted(stand)
    yield Figure(
        budgets.LIMIT_ERROR, abs(accepted(stand, redis_url=stand.redis) - LIMIT), f"{alone - LIMIT}, in memory"
    )
    yield Figure(budgets.LIMIT_REDIS_LOSS, failed_without_redis(stand))
    yield Figure(budgets.LIMIT_FORWARDED, evaded(stand, "127.0.0.1"), f"{evaded(stand, '*')}, every proxy believed")
