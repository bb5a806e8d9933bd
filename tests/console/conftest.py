"""Needs a Chromium on PATH and says so where there is none; uses Redis where it is installed."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.support.browsing import OpenTab, Tab
from tests.support.redis import program, redis_server
from tests.support.server import Server, serving

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE_MS = 20_000


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium is installed")
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def settings_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Every server of these tests limits no logins, and shares rooms where a Redis is installed."""
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server(tmp_path_factory.mktemp("redis"))) if program() else ""
        yield {"login_rate_limit": "", "redis_url": redis}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the database of the servers that share one."""
    return tmp_path_factory.mktemp("console")


@pytest.fixture(scope="session")
def server(folder: Path, settings_of_all: dict[str, Any]) -> Iterator[Server]:
    with serving(folder, **settings_of_all) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(browser: Browser, server: Server) -> AsyncIterator[OpenTab]:
    """Opens the console in a browser profile of its own; in the end no tab may have misbehaved."""
    tabs: list[Tab] = []

    async def open_one(address: str = server.public, **options: Any) -> Tab:
        context = await browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        tabs.append(Tab(await context.new_page(), address))
        await tabs[-1].open()
        return tabs[-1]

    yield open_one
    for tab in tabs:
        await tab.page.context.close()
    for tab in tabs:
        tab.check()
