from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.support.browsing import OpenTab, a_room
from tests.support.server import serving

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def test_a_pod_that_drains_says_so_and_its_sockets_come_back(
    open_tab: OpenTab, tmp_path: Path, settings_of_all: dict[str, Any]
) -> None:
    with serving(tmp_path, drain_seconds=8, **settings_of_all) as server:
        tab = await open_tab(server.public)
        await expect(tab.verdict).to_have_text("All checks pass")
        await tab.register()
        await tab.join(a_room())
        server.terminate()
        await expect(tab.verdict).to_have_text("Draining")
        await expect(tab.page.get_by_role("list", name="Pods that answered lately")).to_contain_text("draining")
        await expect(tab.page.locator("#checks-note")).to_contain_text("finishes what it has begun")
        await expect(tab.room_link).to_have_text("Reconnecting")
        await tab.page.goto("about:blank")


async def test_a_check_that_fails_is_told_by_shape_and_word(open_tab: OpenTab) -> None:
    tab = await open_tab()
    unfit = {
        "status": 503,
        "draining": False,
        "event_loop_lag_seconds": 0.25,
        "checks": {"database": {"status": "fail", "output": "no answer within 1.5 s"}},
    }
    await tab.page.route("**/health", lambda route: route.fulfill(status=503, json=unfit))
    await expect(tab.verdict).to_have_text("Not ready")
    line = tab.page.get_by_role("list", name="Checks").get_by_role("listitem")
    await expect(line).to_have_text("database fails · no answer within 1.5 s")
    await expect(line.locator("use")).to_have_attribute("href", "#mark-fail")
    await expect(tab.page.locator("#fact-lag")).to_have_text("250.0 ms")


async def test_a_tab_that_nobody_sees_asks_nothing(open_tab: OpenTab) -> None:
    tab = await open_tab()
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    look = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    await tab.page.clock.install()
    await tab.page.reload()
    await expect(tab.verdict).not_to_be_empty()
    async with tab.page.expect_response("**/health"):  # the last before the clock stands
        await tab.page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    asked.clear()
    await tab.page.evaluate(look, True)  # noqa: FBT003 - the page's own word
    await tab.page.clock.run_for(20_000)
    assert asked == []
    async with tab.page.expect_request("**/health"):
        await tab.page.evaluate(look, False)  # noqa: FBT003
