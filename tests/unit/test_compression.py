from collections.abc import Mapping

import httpx
import pytest
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from service.platform import conditional
from service.platform.compression import LEVEL, CompressionLayer

LONG = "long " * 1000
TAG = '"tag"'


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers as the path says, and tells which conditions it saw."""
    request = Request(scope)
    seen = {name: request.headers.get(name, "") for name in ("if-none-match", "if-match")}
    headers = {"ETag": TAG, "Vary": "Accept, API-Version", **{f"seen-{name}": value for name, value in seen.items()}}
    if conditional.matches(request.headers.get("if-none-match"), TAG):
        response = conditional.not_modified(TAG, {"Vary": "Accept, API-Version"})
    elif request.url.path == "/image":
        response = Response(LONG.encode(), media_type="image/png", headers=headers)
    elif request.url.path == "/encoded":
        response = Response(b"x" * 2000, headers={**headers, "Content-Encoding": "br"})
    elif request.url.path == "/weak":
        response = PlainTextResponse(LONG, headers={**headers, "ETag": 'W/"tag"'})
    else:
        response = PlainTextResponse("short" if request.url.path == "/short" else LONG, headers=headers)
        response.raw_headers.append((b"vary", b"Cookie"))
    await response(scope, receive, send)


async def ask(
    path: str = "/", method: str = "GET", accept: str = "gzip, deflate, br", **headers: str
) -> httpx.Response:
    app = CORSMiddleware(CompressionLayer(inside), allow_origins=["https://a.example"], allow_credentials=True)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        return await client.request(method, path, headers={"accept-encoding": accept, **named})


def varied(headers: Mapping[str, str]) -> list[str]:
    return sorted(value.strip().lower() for value in headers.get("vary", "").split(",") if value)


async def test_a_long_answer_is_compressed_for_who_accepts_it() -> None:
    answer = await ask()
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 200
    assert answer.text == LONG
    assert LEVEL <= 6  # the event loop waits for it


@pytest.mark.parametrize("accept", ["identity", "br", "gzip;q=0", "gzip; q=0.000, br", "*", ""])
async def test_nobody_is_sent_what_they_do_not_accept(accept: str) -> None:
    answer = await ask(accept=accept)
    assert "content-encoding" not in answer.headers
    assert answer.headers["etag"] == TAG
    assert "accept-encoding" in varied(answer.headers)


@pytest.mark.parametrize("accept", ["gzip", "br, gzip;q=0.5", "gzip; q=1"])
async def test_gzip_is_found_wherever_it_stands(accept: str) -> None:
    assert (await ask(accept=accept)).headers["content-encoding"] == "gzip"


async def test_vary_keeps_what_others_said() -> None:
    for accept in ("gzip", "identity"):
        answer = await ask(accept=accept, origin="https://a.example")
        assert varied(answer.headers) == ["accept", "accept-encoding", "api-version", "cookie", "origin"]


@pytest.mark.parametrize(("path", "encoding"), [("/short", None), ("/image", None), ("/encoded", "br")])
async def test_what_is_tiny_or_compressed_already_is_left_as_it_is(path: str, encoding: str | None) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(CompressionLayer(inside))) as client:
        request = client.build_request("GET", f"http://service{path}", headers={"accept-encoding": "gzip"})
        answer = await client.send(request, stream=True)
        length = sum([len(part) async for part in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == encoding
    assert int(answer.headers["content-length"]) == length
    assert answer.headers["etag"] == TAG


async def test_an_answer_to_head_has_the_headers_of_the_plain_body() -> None:
    answer = await ask(method="HEAD")
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-length"] == str(len(LONG))
    assert answer.headers["etag"] == TAG
    assert "accept-encoding" in varied(answer.headers)


async def test_a_compressed_body_has_a_tag_of_its_own_and_both_are_recognised() -> None:
    assert (await ask()).headers["etag"] == '"tag-gzip"'
    for named, returned in (('"tag-gzip"', '"tag-gzip"'), (TAG, TAG), ('"other-gzip", W/"tag-gzip"', '"tag-gzip"')):
        answer = await ask(if_none_match=named)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", returned)
        assert "content-encoding" not in answer.headers
        assert varied(answer.headers) == ["accept", "accept-encoding", "api-version", "origin"]
    assert (await ask(if_none_match='"other-gzip"')).status_code == 200


async def test_a_change_may_name_the_tag_of_the_compressed_body() -> None:
    answer = await ask(method="PATCH", if_match='"tag-gzip"')
    assert answer.headers["seen-if-match"] == TAG


async def test_a_weak_tag_stays() -> None:
    answer = await ask("/weak")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"] == 'W/"tag"'
