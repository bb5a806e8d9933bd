import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import update
from sqlalchemy.orm import Session

from service.domain import users
from service.domain.models import User
from service.platform.tokens import Tokens
from service.settings import Settings
from tests.support.served import Served, served

USERS, ME, TOKENS = "/api/v1/users", "/api/v1/users/me", "/api/v1/tokens"
PASSWORD = "correct horse"
INVALID = 'Bearer error="invalid_token"'


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Served]:
    """Without the limit that ten logins would meet."""
    async with served(settings.model_copy(update={"login_rate_limit": ""})) as running:
        yield running


def an_email() -> str:
    return f"Ann.{uuid.uuid4().hex}@Example.org"


async def register(service: Served, **values: Any) -> httpx.Response:
    return await service.public.post(USERS, json={"email": an_email(), "name": "Ann", "password": PASSWORD, **values})


async def log_in(service: Served, email: str, password: str = PASSWORD) -> httpx.Response:
    return await service.public.post(TOKENS, data={"username": email, "password": password})


async def me(service: Served, token: str) -> httpx.Response:
    return await service.public.get(ME, headers={"authorization": f"Bearer {token}"})


async def deactivate(service: Served, email: str) -> None:
    def work(session: Session) -> None:
        session.execute(update(User).where(User.email == email.lower()).values(active=False))

    await service.state["database"].run(work)


async def test_register_log_in_and_see_oneself(service: Served) -> None:
    email = an_email()
    answer = await register(service, email=email)
    assert answer.status_code == 201
    user = answer.json()
    assert set(user) == {"id", "email", "name", "created_at"}
    assert (user["email"], user["name"]) == (email.lower(), "Ann")
    token = (await log_in(service, email)).json()
    assert (token["token_type"], token["expires_in"]) == ("bearer", 900)
    assert (await me(service, token["access_token"])).json() == user


async def test_an_address_in_another_case_is_the_same_user(service: Served) -> None:
    email = an_email()
    assert (await register(service, email=email)).status_code == 201
    for spelling in (email, email.upper(), email.lower()):
        assert (await register(service, email=spelling)).status_code == 409
        assert (await log_in(service, spelling)).status_code == 200


async def test_of_fifty_who_register_one_address_at_once_one_succeeds(
    service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hashed(_password: str) -> str:
        return "the price of a hash is not the point"

    monkeypatch.setattr(service.state["passwords"], "hash", hashed)
    email = an_email()
    answers = await asyncio.gather(*(register(service, email=email) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"password": "p" * 11}, "/password"),
        ({"password": "p" * 129}, "/password"),
        ({"email": "no address"}, "/email"),
        ({"email": "a@b"}, "/email"),
        ({"email": "a\0@b.org"}, "/email"),
        ({"email": f"{'a' * 250}@b.org"}, "/email"),
        ({"name": ""}, "/name"),
        ({"active": True}, "/active"),
        ({"password_hash": "x"}, "/password_hash"),
    ],
)
async def test_a_wrong_user_is_refused_and_the_password_does_not_come_back(
    service: Served, change: dict[str, Any], pointer: str
) -> None:
    answer = await register(service, **change)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert str(change.get("password", PASSWORD)) not in answer.text


@pytest.mark.parametrize("length", [12, 128])
async def test_the_bounds_of_a_password_are_allowed(service: Served, length: int) -> None:
    assert (await register(service, password="p" * length)).status_code == 201


async def test_every_failed_login_is_answered_alike(service: Served) -> None:
    known, gone = an_email(), an_email()
    for email in (known, gone):
        await register(service, email=email)
    await deactivate(service, gone)
    answers = [
        await log_in(service, known, "wrong horse 2"),
        await log_in(service, an_email()),
        await log_in(service, gone),
        await log_in(service, "nul\0@example.org"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}
    assert len({answer.json()["detail"] for answer in answers}) == 1


async def test_every_login_verifies_one_hash(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is alike, so the time is, whoever exists."""
    known = an_email()
    await register(service, email=known)
    verified: list[str] = []
    hasher = service.state["passwords"]._hasher.current_hasher
    verify = hasher.verify

    def record(password: str | bytes, stored: str | bytes) -> bool:
        verified.append(str(stored).rsplit("$", 2)[0])
        return verify(password, stored)

    monkeypatch.setattr(hasher, "verify", record)
    for email, password in ((known, PASSWORD), (known, "wrong horse 2"), (an_email(), PASSWORD)):
        await log_in(service, email, password)
    assert verified == ["$argon2id$v=19$m=19456,t=2,p=1"] * 3


async def test_a_login_renews_an_outdated_hash(service: Served) -> None:
    email, database = an_email(), service.state["database"]
    old = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)]).hash(PASSWORD)
    await database.run(users.register, email, "Ann", old)
    assert (await log_in(service, email)).status_code == 200
    user = await database.run(users.by_email, email)
    assert user is not None
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await log_in(service, email)).status_code == 200


async def test_a_renewal_does_not_undo_a_change_of_password(service: Served) -> None:
    email, database = an_email(), service.state["database"]
    user = await database.run(users.register, email, "Ann", "changed meanwhile")
    await database.run(users.renew_hash, user.id, "old", "new of the old password")
    again = await database.run(users.by_email, email)
    assert again is not None
    assert again.password_hash == "changed meanwhile"


async def test_the_token_of_a_deactivated_user_stops_at_once(service: Served) -> None:
    email = an_email()
    await register(service, email=email)
    token = (await log_in(service, email)).json()["access_token"]
    assert (await me(service, token)).status_code == 200
    await deactivate(service, email)
    answer = await me(service, token)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, INVALID)


async def test_without_a_token_nobody_is_told_what_was_wrong_with_it(service: Served) -> None:
    for headers in ({}, {"authorization": "Basic eDp5"}):
        answer = await service.public.get(ME, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_made_up_token_is_refused(service: Served) -> None:
    foreign = Tokens(b"o" * 32).issue("1", "Ann")
    nobody = service.state["tokens"].issue(str(2**31 - 1), "Nobody")
    for token in ("x", foreign, nobody):
        answer = await me(service, token)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, INVALID)


async def test_a_token_is_stored_nowhere_on_its_way(service: Served) -> None:
    email = an_email()
    await register(service, email=email)
    assert (await log_in(service, email)).headers["cache-control"] == "no-store"


async def test_a_rotated_key_logs_nobody_out(settings: Settings) -> None:
    email, old, new = an_email(), "o" * 32, "n" * 32
    async with served(settings.model_copy(update={"signing_key": secret(old)})) as service:
        await register(service, email=email)
        token = (await log_in(service, email)).json()["access_token"]
    rotated = {"signing_key": secret(new), "previous_signing_key": secret(old)}
    async with served(settings.model_copy(update=rotated)) as service:
        assert (await me(service, token)).status_code == 200
    async with served(settings.model_copy(update={"signing_key": secret(new)})) as service:
        assert (await me(service, token)).status_code == 401


def secret(text: str) -> Any:
    return Settings(signing_key=text).signing_key


async def test_docs_know_where_tokens_come_from(service: Served) -> None:
    document = (await service.public.get("/openapi.json")).json()
    (scheme,) = document["components"]["securitySchemes"].values()
    assert scheme["flows"]["password"]["tokenUrl"] == "/api/v2/tokens"
    assert document["paths"][ME]["get"]["security"]
