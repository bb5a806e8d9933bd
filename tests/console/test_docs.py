import pytest
from playwright.async_api import Page, expect

from tests.support.browsing import OpenTab
from tests.support.people import PASSWORD

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def _log_in(page: Page, email: str, password: str) -> None:
    await page.get_by_label("username:").fill(email)
    await page.get_by_label("password:", exact=True).fill(password)
    await page.get_by_role("button", name="Apply given OAuth2 credentials").click()


async def test_who_logs_in_on_the_page_of_the_api_tries_it_out_as_themselves(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.register()
    page = tab.page
    await page.get_by_role("link", name="API documentation").click()
    await page.locator('[data-path="/api/v2/users/me"]').click()
    await tab.button("Try it out").click()
    await tab.button("Execute").click()
    answer = page.locator(".live-responses-table .response")
    await expect(answer).to_contain_text("401")
    await tab.button("Authorize").click()
    await _log_in(page, tab.email, "not the password")
    await expect(page.locator(".auth-container .errors")).to_contain_text("Unauthorized")
    await _log_in(page, tab.email, PASSWORD)
    await expect(tab.button("Remove authorization")).to_be_visible()
    await tab.button("Close").click()
    await tab.button("Execute").click()
    await expect(answer).to_contain_text("200")
    await expect(answer).to_contain_text(tab.email)
