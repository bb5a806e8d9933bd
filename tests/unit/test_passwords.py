import asyncio
import os
import sys
import threading
from typing import Any

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from service.platform import passwords as module
from service.platform.errors import UnavailableError
from service.platform.passwords import Passwords

PROFILE = "$argon2id$v=19$m=19456,t=2,p=1$"


@pytest.fixture
def passwords() -> Passwords:
    return Passwords()


async def test_a_hash_has_the_profile_and_verifies(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    assert stored.startswith(PROFILE)
    assert await passwords.verify("correct horse", stored) == (True, None)
    assert await passwords.verify("wrong horse", stored) == (False, None)


async def test_two_hashes_of_one_password_differ(passwords: Passwords) -> None:
    assert await passwords.hash("correct horse") != await passwords.hash("correct horse")


async def test_an_outdated_hash_is_renewed(passwords: Passwords) -> None:
    old = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)]).hash("correct horse")
    right, renewed = await passwords.verify("correct horse", old)
    assert right
    assert renewed is not None
    assert renewed.startswith(PROFILE)
    assert await passwords.verify("wrong horse", old) == (False, None)


async def test_nobody_costs_one_verification_of_the_same_profile_and_is_never_right(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    hasher = passwords._hasher.current_hasher
    verify = hasher.verify

    def record(password: Any, stored: Any) -> bool:
        verified.append(str(stored))
        return verify(password, stored)

    monkeypatch.setattr(hasher, "verify", record)
    assert await passwords.verify("correct horse", None) == (False, None)
    assert [stored[: len(PROFILE)] for stored in verified] == [PROFILE]


async def test_no_more_are_made_at_once_than_processors(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def note(password: str, **_: object) -> str:
        threads.append(threading.get_native_id())
        return password

    monkeypatch.setattr(passwords._hasher.current_hasher, "hash", note)
    await asyncio.gather(*(passwords.hash("correct horse") for _ in range(20)))
    assert len(threads) == 20
    assert len(set(threads)) <= min(os.cpu_count() or 1, module.MOST_AT_ONCE)


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux has a thread a niceness of its own")
async def test_the_event_loop_goes_before_a_hash(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords._hasher.current_hasher, "hash", lambda *_, **__: str(niceness()))
    before = niceness()
    assert int(await passwords.hash("correct horse")) == min(before + module.NICENESS, 19)
    assert niceness() == before


def niceness() -> int:
    """Of this thread."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


async def test_who_waits_too_long_is_told_to_come_back(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)
    for _ in range(passwords._threads._max_workers):
        await passwords._slots.acquire()
    with pytest.raises(UnavailableError):
        await passwords.hash("correct horse")
