"""Nobody sees, changes or learns of what is another's; tried on every operation that the document names."""

from collections.abc import Iterator
from typing import Any

import pytest

from service.app import create_app
from service.settings import Settings
from tests.support.people import Person, a_person
from tests.support.served import Served

OPEN = {("post", "/users"), ("post", "/tokens")}
DOCUMENT = create_app(Settings()).openapi()
BODIES: dict[str, Any] = {"patch": {"name": "stolen"}, "post": {"name": "n", "price": 1}}


def operations() -> Iterator[tuple[str, str]]:
    for path, operations in DOCUMENT["paths"].items():
        if path.startswith("/api/v"):
            for method in operations:
                if (method, path[7:]) not in OPEN:
                    yield method, path


PROTECTED = [
    operation for operation in operations() if "compute" not in operation[1] and operation[1] != "/api/version"
]
OF_ONE = [(method, path) for method, path in PROTECTED if "{number}" in path]


async def ask(service: Served, method: str, path: str, person: Person | None = None, **headers: str) -> Any:
    sent = {**headers, **(person.headers if person else {})}
    return await service.public.request(method, path, json=BODIES.get(method), headers=sent)


def test_the_matrix_is_not_empty() -> None:
    assert len(OF_ONE) == 6
    assert len(PROTECTED) >= 14


@pytest.mark.parametrize(("method", "path"), PROTECTED)
async def test_without_a_token_nothing_is_done(service: Served, method: str, path: str) -> None:
    answer = await ask(service, method, path.format(number=1))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), OF_ONE)
async def test_what_is_anothers_does_not_exist(service: Served, method: str, path: str) -> None:
    owner, other = await a_person(service, "Ann"), await a_person(service, "Bob")
    made = (await ask(service, "post", "/api/v2/items", owner)).json()
    theirs = await ask(service, method, path.format(number=made["id"]), other, **{"if-match": "*"})
    nobodys = await ask(service, method, path.format(number=2**31 - 1), other, **{"if-match": "*"})
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["detail"].replace(str(made["id"]), "N") == nobodys.json()["detail"].replace(
        str(2**31 - 1), "N"
    )
    kept = (await ask(service, "get", f"/api/v2/items/{made['id']}", owner)).json()
    assert kept == made


async def test_a_list_holds_ones_own(service: Served) -> None:
    owner, other = await a_person(service, "Ann"), await a_person(service, "Bob")
    await ask(service, "post", "/api/v2/items", owner)
    assert (await ask(service, "get", "/api/v2/items?total=true", other)).json() == {
        "data": [],
        "page": {"next": None, "limit": 20, "total": 0},
    }
