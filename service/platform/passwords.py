"""Passwords as Argon2id hashes, at a bounded price.

Forty logins at once under the library's own profile (64 MiB each) took 2 GiB. Here each hash takes 19 MiB (OWASP's
profile: two passes, one lane), and no more are made at once than there are processors: the rest wait their turn. The
threads are their own, since each keeps the memory of its last hash, and they yield the processor to the event loop.
"""

import asyncio
import os
import secrets
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from service.platform.errors import UnavailableError

T = TypeVar("T")
KIBIBYTES = 19 * 1024
MOST_AT_ONCE = 4  # 76 MiB; a pod's memory limit does not grow with the processors of its node
WAIT_SECONDS = 5.0
NICENESS = 10


class Passwords:
    """Makes and verifies hashes in threads of their own."""

    def __init__(self) -> None:
        self._hasher = PasswordHash([Argon2Hasher(time_cost=2, memory_cost=KIBIBYTES, parallelism=1)])
        at_once = min(os.cpu_count() or 1, MOST_AT_ONCE)
        self._slots = asyncio.Semaphore(at_once)
        self._threads = ThreadPoolExecutor(at_once, "passwords", initializer=_yield_processor)
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """A hash to store.

        Raises:
            UnavailableError: too many wait already.
        """
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether the password is right, and a new hash where the stored one has outdated parameters.

        Without a stored hash the same work is done for nothing, so that the time tells nobody which users exist.

        Raises:
            UnavailableError: too many wait already.
        """
        known = stored or self._nobody
        right, renewed = await self._run(lambda: self._hasher.verify_and_update(password, known))
        return right and stored is not None, renewed

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            raise UnavailableError("Too many logins are waiting.") from None
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._slots.release()


def _yield_processor() -> None:
    """Let every other thread go first; on Linux each has a niceness of its own."""
    if sys.platform == "linux":
        os.nice(NICENESS)
