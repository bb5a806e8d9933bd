from collections.abc import Callable
from typing import NoReturn

import pytest

from service.settings import Settings
from tests.support.people import a_person
from tests.support.served import served

ITEMS = "/api/v2/items"


def refuse(call: Callable[..., object], **_values: object) -> NoReturn:
    raise AssertionError(f"{call} takes a thread; make it async")


@pytest.mark.parametrize(
    "path", ["/api/version", f"{ITEMS}?sort=name&limit=5", "/api/v1/items?skip=1", "/api/v2/users/me"]
)
async def test_nothing_but_the_unit_of_work_takes_a_thread(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """A dependency that is not async costs each request as much as half of the rest of the stack."""
    async with served(settings) as service:
        person = await a_person(service)
        monkeypatch.setattr("fastapi.dependencies.utils.run_in_threadpool", refuse)
        answer = await service.public.get(path, headers=person.headers)
        assert answer.status_code == 200, answer.text
