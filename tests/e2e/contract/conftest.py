"""Needs the address only, so it runs from a container of the cluster as well."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

ITEMS = "/api/v1/items"


@dataclass(frozen=True)
class Account:
    """A user of the release."""

    number: int
    name: str
    token: str

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def make_account(address: str, name: str) -> Account:
    """Register somebody new and log in; a user cannot be removed, so nobody knows the password afterwards."""
    email, password = f"e2e-{secrets.token_hex(8)}@slipway.invalid", secrets.token_urlsafe(24)
    with httpx.Client(base_url=address, timeout=10, trust_env=False) as client:
        user = client.post("/api/v1/users", json={"email": email, "name": name, "password": password})
        assert user.status_code == 201, user.text
        token = client.post("/api/v1/tokens", data={"username": email, "password": password})
        assert token.status_code == 200, token.text
        return Account(user.json()["id"], name, token.json()["access_token"])


# One of each for all tests: registrations and logins from one address are limited, and all tests share theirs.
@pytest.fixture(scope="session")
def ann(address: str) -> Account:
    return make_account(address, "Ann")


@pytest.fixture(scope="session")
def bob(address: str) -> Account:
    return make_account(address, "Bob")


@pytest.fixture
def mine(address: str, ann: Account) -> Iterator[httpx.Client]:
    """Ann's client; like `http`, it tries once and asks no proxy."""
    with httpx.Client(base_url=address, timeout=10, trust_env=False, headers=ann.authorization) as client:
        yield client


@pytest.fixture
def new_item(mine: httpx.Client) -> Iterator[Callable[..., dict[str, Any]]]:
    """Makes items of Ann's and removes them after the test."""
    made: list[int] = []

    def create(**values: Any) -> dict[str, Any]:
        answer = mine.post(ITEMS, json={"name": "end to end", "price": 1, **values})
        assert answer.status_code == 201, answer.text
        item: dict[str, Any] = answer.json()
        made.append(item["id"])
        return item

    yield create
    for number in made:
        assert mine.delete(f"{ITEMS}/{number}").status_code in {204, 404}
