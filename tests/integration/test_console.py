import re
from collections.abc import AsyncIterator

import pytest

from service.api.console import FOLDER
from service.settings import Settings
from tests.integration.test_problems import assert_problem
from tests.support.served import Served, migrate, served

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
async def console(sqlite_settings: Settings) -> AsyncIterator[Served]:
    migrate(sqlite_settings)
    async with served(sqlite_settings) as running:
        yield running


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (BROWSER, "text/html; charset=utf-8"),
        ("text/html", "text/html; charset=utf-8"),
        ("TEXT/HTML;q=0.5", "text/html; charset=utf-8"),
        ("*/*", "application/json"),
        ("", "application/json"),
        ("application/json, text/html;q=0.5", "application/json"),
        ("text/htmlx", "application/json"),
    ],
)
async def test_a_browser_is_shown_the_console_and_everyone_else_the_way(
    console: Served, accept: str, kind: str
) -> None:
    answer = await console.public.get("/", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert "Accept" in answer.headers["vary"]


async def test_the_signpost_names_what_there_is(console: Served) -> None:
    way = (await console.public.get("/")).json()
    assert (way["name"], way["console"], way["items"]) == ("slipway", "/", "/api/v2/items")


async def test_the_page_allows_its_own_files_and_nothing_else(console: Served) -> None:
    page = await console.public.get("/", headers={"accept": BROWSER})
    (policy,) = page.headers.get_list("content-security-policy")
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives.pop("default-src") == directives.pop("base-uri") == "'none'"
    assert directives.pop("frame-ancestors") == "'none'"
    assert set(directives.values()) == {"'self'"}
    assert re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page.text) is None
    for address in re.findall(r'(?:src|href)="([^"#]+)"', page.text):
        assert address.startswith("/")
        assert "//" not in address


async def test_every_file_is_kept_and_asked_about(console: Served) -> None:
    for path in FOLDER.iterdir():
        answer = await console.public.get(f"/console/{path.name}")
        assert answer.content == path.read_bytes()
        assert answer.headers["cache-control"] == "no-cache"
        again = await console.public.get(f"/console/{path.name}", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert (await console.public.get("/console/main.js")).headers["content-type"].startswith("text/javascript")
    page = await console.public.get("/", headers={"accept": BROWSER})
    headers = {"accept": BROWSER, "if-none-match": page.headers["etag"]}
    assert (await console.public.get("/", headers=headers)).status_code == 304


@pytest.mark.parametrize("name", ["nothing.js", "%2e%2e", "%2e%2e%2fapp.py", "..%2fapp.py", "%00", "x" * 5000])
async def test_no_other_file_is_reached(console: Served, name: str) -> None:
    assert_problem(await console.public.get(f"/console/{name}"), 404)


async def test_what_runs_here_is_told_without_a_secret(console: Served) -> None:
    answer = await console.public.get("/api/version")
    assert answer.json() == {
        "version": "0.1.0",
        "pod": answer.headers["x-served-by"],
        "environment": "development",
        "api_versions": [1, 2],
        "shared": False,
    }
