"""Each version's document tells the truth: whatever is sent, no answer is a 500, and none is undocumented."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from service.app import create_app
from service.settings import Settings
from tests.support.people import Person, join
from tests.support.postgres import PASSWORD, programs
from tests.support.server import Server, serving

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]
EXAMPLES = 12
PROMISES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
NEVER = {"/tokens", "/users"}  # a password and an administrator are not found by chance
DOCUMENT = create_app(Settings()).openapi()
OPERATIONS = [
    (method, path)
    for path, operations in DOCUMENT["paths"].items()
    for method in operations
    if path.startswith(("/api/v1/", "/api/v2/"))
]


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """On PostgreSQL where it is installed: it refuses more than SQLite does."""
    chosen: dict[str, Any] = {"login_rate_limit": "", "log_level": "warning"}
    if programs():
        chosen |= {"database_url": request.getfixturevalue("postgres_url"), "database_password": PASSWORD}
    folder: Path = tmp_path_factory.mktemp("service")
    with serving(folder, **chosen) as running:
        yield running


@pytest.fixture(scope="module")
def person(server: Server) -> Person:
    return join(server.public)


def checks() -> list[Any]:
    load_all_checks()
    return CHECKS.get_by_names(PROMISES)


def an_item(server: Server, person: Person) -> int:
    answer = httpx.post(f"{server.public}/api/v2/items", json={"name": "n", "price": 1}, headers=person.headers)
    number: int = answer.json()["id"]
    return number


def probe(strategy: Any, ask: Callable[[Any], int]) -> Counter[int]:
    """How often each status was the answer."""
    seen: Counter[int] = Counter()

    @bounds(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def send(case: Any) -> None:
        seen[ask(case)] += 1

    send()
    return seen


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_is_sent_the_answer_is_one_that_is_documented(
    server: Server, person: Person, method: str, path: str
) -> None:
    schema = schemathesis.openapi.from_url(f"{server.public}{path[:7]}/openapi.json")
    operation = schema[path][method.upper()]
    asked = checks()
    there = cycle([None, {}, {"If-Match": "*"}])

    def ask(case: Any) -> int:
        headers = next(there)
        if "{number}" in path and headers is not None:
            case.path_parameters["number"] = an_item(server, person)
            case.headers.update(headers)
        return int(case.call_and_validate(headers=person.headers, checks=asked).status_code)

    right = probe(operation.as_strategy(generation_mode=GenerationMode.POSITIVE), ask)
    takes = DOCUMENT["paths"][path][method].keys() & {"parameters", "requestBody"}
    wrong = probe(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), ask) if takes else {}
    operation.Case(path_parameters={"number": 1, "n": 1}).call_and_validate(checks=asked)  # nobody's
    print(method, path, "right", dict(right), "wrong", dict(wrong))
    if path[7:] not in NEVER:
        assert any(status < 400 for status in right)
