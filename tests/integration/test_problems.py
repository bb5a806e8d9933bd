from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from service.settings import Settings
from tests.support.people import a_person
from tests.support.served import Served, migrate, served


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """RFC 9457, with the request's id in the body and in the header."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= set(body)
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-served-by"]
    return body


async def test_no_route(service: Served) -> None:
    assert "/nowhere" in assert_problem(await service.public.get("/nowhere"), 404)["detail"]


async def test_no_item(service: Served) -> None:
    headers = (await a_person(service)).headers
    answer = await service.public.get("/api/v1/items/2147483647", headers=headers)
    assert "2147483647" in assert_problem(answer, 404)["detail"]


async def test_wrong_method(service: Served) -> None:
    for method, path, allowed in (
        ("PUT", "/api/v1/items", {"GET", "POST"}),
        ("POST", "/api/v1/items/1", {"GET", "PATCH", "DELETE"}),
        ("DELETE", "/health/live", {"GET", "HEAD"}),
    ):
        answer = await service.public.request(method, path)
        assert_problem(answer, 405)
        assert set(answer.headers["allow"].split(", ")) == allowed


async def test_a_trailing_slash_is_another_address_and_no_redirect(service: Served) -> None:
    assert_problem(await service.public.get("/api/v1/items/"), 404)


async def test_violations_point_at_their_place_and_repeat_nothing(service: Served) -> None:
    headers = (await a_person(service)).headers
    wrong = {"name": 5, "price": "canary", "a/b": "canary"}
    answer = await service.public.post("/api/v1/items", json=wrong, headers=headers)
    body = assert_problem(answer, 422)
    assert {error["pointer"] for error in body["errors"]} == {"/name", "/price", "/a~1b"}
    assert "canary" not in answer.text


async def test_broken_json(service: Served) -> None:
    headers = {"content-type": "application/json"}
    body = assert_problem(await service.public.post("/api/v1/items", content=b'{"name": canary', headers=headers), 422)
    assert body["errors"][0]["pointer"] == ""


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_above_the_limit(service: Served, chunked: bool) -> None:  # noqa: FBT001 - a parameter
    size = service.app.settings.max_body_bytes + 1

    async def chunks() -> Any:
        for _ in range(5):
            yield b"x" * (size // 4)

    content = chunks() if chunked else b"x" * size
    headers = {"content-type": "application/json"}
    assert_problem(await service.public.post("/api/v1/items", content=content, headers=headers), 413)


async def test_an_unhandled_error_tells_nothing(sqlite_settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    migrate(sqlite_settings)
    async with served(sqlite_settings) as service:

        @service.app.get("/broken")
        async def broken() -> None:
            raise RuntimeError("canary")

        answer = await service.public.get("/broken", headers={"x-request-id": "find-me"})
    body = assert_problem(answer, 500)
    assert "canary" not in answer.text
    assert body["request_id"] == "find-me"
    assert "canary" in caplog.text


@pytest.mark.parametrize(
    ("error", "title", "detail"),
    [
        (HTTPException(409), "Conflict", "Conflict"),
        (HTTPException(409, "Not now."), "Conflict", "Not now."),
        (HTTPException(599, "A status of its own."), "Error", "A status of its own."),
    ],
)
async def test_an_error_of_a_library_is_a_problem_too(
    sqlite_settings: Settings, error: HTTPException, title: str, detail: str
) -> None:
    async with served(sqlite_settings) as service:

        @service.app.get("/broken")
        async def broken() -> None:
            raise error

        body = assert_problem(await service.public.get("/broken"), error.status_code)
    assert (body["title"], body["detail"]) == (title, detail)


async def test_an_answer_that_broke_off_does_not_look_complete(sqlite_settings: Settings) -> None:
    async with served(sqlite_settings) as service:

        async def half() -> AsyncIterator[str]:
            yield "one half"
            raise RuntimeError("canary")

        @service.app.get("/half")
        async def broken() -> StreamingResponse:
            return StreamingResponse(half())

        with pytest.raises(RuntimeError, match="canary"):
            await service.public.get("/half")


@pytest.mark.parametrize("offered", ["", "a b", "x" * 129, "new\tline"])
async def test_a_harmful_request_id_is_replaced(service: Served, offered: str) -> None:
    answer = await service.public.get("/api/version", headers={"x-request-id": offered})
    assert answer.headers["x-request-id"] not in ("", offered)


async def test_a_harmless_request_id_comes_back(service: Served) -> None:
    answer = await service.public.get("/api/version", headers={"x-request-id": "a.b_C-1"})
    assert answer.headers["x-request-id"] == "a.b_C-1"


async def test_the_admin_port_answers_with_problems_too(service: Served) -> None:
    assert_problem(await service.admin.get("/api/v1/items"), 404)
