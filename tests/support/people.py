"""Users with access tokens, for tests that are about something else."""

import uuid
from dataclasses import dataclass

import httpx
from sqlalchemy.orm import Session

from service.domain import users
from service.domain.models import User
from tests.support.served import Served

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    id: int
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


def an_email() -> str:
    return f"{uuid.uuid4().hex}@example.org"


async def a_person(service: Served, name: str = "Ann", *, admin: bool = False) -> Person:
    """A new user of the app in this process, without the price of a password."""

    def work(session: Session) -> User:
        user = users.register(session, an_email(), name, "no password fits")
        user.admin = admin
        return user

    user = await service.state["database"].run(work)
    return Person(user.id, service.state["tokens"].issue(str(user.id), name))


def join(address: str, name: str = "Ann") -> Person:
    """A new user of the server at the address, as anybody registers and logs in."""
    email = an_email()
    with httpx.Client(base_url=address) as client:
        made = client.post("/api/v2/users", json={"email": email, "name": name, "password": PASSWORD})
        assert made.status_code == 201, made.text
        token = client.post("/api/v2/tokens", data={"username": email, "password": PASSWORD})
        assert token.status_code == 200, token.text
    return Person(made.json()["id"], token.json()["access_token"])
