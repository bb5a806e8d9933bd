"""What Redis may cost a request, and that it is left alone for a moment after it failed."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.exceptions import RedisError

log = logging.getLogger("service.redis")
T = TypeVar("T")
CONNECTIONS = 16  # to Redis, however many requests are in flight
RETRY_SECONDS = 1.0  # how long Redis is left alone after it failed


class AwayError(Exception):
    """Redis gave no answer, or was not asked because it had just given none."""


class Circuit:
    """Asks Redis on behalf of one part of the service.

    Args:
        purpose: what Redis is used for, for the log.
        patience: the longest a question may take, in seconds.
    """

    def __init__(self, purpose: str, patience: float) -> None:
        self._purpose = purpose
        self._patience = patience
        self._connections = asyncio.Semaphore(CONNECTIONS)
        self._away_until = 0.0

    async def ask(self, question: Callable[[], Awaitable[T]], *, insist: bool = False) -> T:
        """Ask, unless Redis is away; `insist` asks even then.

        Raises:
            AwayError: there is no answer.
        """
        if self._away_until and not insist:
            self._try_again()
        try:
            async with asyncio.timeout(self._patience), self._connections:
                answer = await question()
        except (RedisError, OSError, TimeoutError) as error:
            self._note_failure(error)
            raise AwayError from error
        self._note_answer()
        return answer

    def _try_again(self) -> None:
        """Let one request a while find out whether Redis is back; the others do not wait for it."""
        now = time.monotonic()
        if now < self._away_until:
            raise AwayError
        self._away_until = now + RETRY_SECONDS

    def _note_failure(self, error: Exception) -> None:
        if not self._away_until:
            log.warning("redis is away", extra={"purpose": self._purpose, "cause": type(error).__name__})
        self._away_until = time.monotonic() + RETRY_SECONDS

    def _note_answer(self) -> None:
        if self._away_until:
            self._away_until = 0.0
            log.info("redis is back", extra={"purpose": self._purpose})
