import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.support.browsing import OpenTab, a_room

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def test_a_wrong_password_is_a_sentence(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.log_in("nobody@example.org", "not the password")
    await expect(tab.page.get_by_role("alert").filter(visible=True)).to_have_text(
        "The e-mail address or the password is wrong."
    )


async def test_what_is_wrong_is_said_at_its_field(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.button("Register instead").click()
    await tab.page.locator("#email").fill("no address")
    await tab.page.locator("#password").fill("short")
    await tab.button("Register").click()
    for field, sentence in (
        ("email", "E-mail must look like ann@example.com."),
        ("name", "Name is needed."),
        ("password", "Password needs 12 characters or more."),
    ):
        await expect(tab.page.locator(f"#{field}")).to_have_accessible_description(sentence)
        await expect(tab.page.locator(f"#{field}")).to_have_attribute("aria-invalid", "true")
    await expect(tab.page.locator("#email")).to_be_focused()
    await tab.button("Log in instead").click()
    await expect(tab.page.locator("#email")).not_to_have_attribute("aria-invalid", "true")


async def test_a_session_survives_a_reload_and_ends_with_logging_out(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.register("Ann")
    await tab.page.reload()
    await expect(tab.page.locator("#account-name")).to_have_text("Ann")
    await tab.join(a_room())
    await tab.button("Log out").click()
    await expect(tab.page.locator("#email")).to_be_focused()
    assert await tab.page.evaluate("sessionStorage.length + localStorage.length") == 0
    await tab.log_in(tab.email)
    await expect(tab.page.locator("#items-title")).to_be_focused()


async def test_a_token_that_is_no_longer_good_asks_to_log_in_again(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.register()
    spoil = '(key) => sessionStorage.setItem(key, sessionStorage.getItem(key).replace(/\\.[^."]+"/, \'.spoiled"\'))'
    await tab.page.evaluate(spoil, "slipway-session")
    await tab.page.route_web_socket("**/ws/rooms/items", lambda _silent: None)
    await tab.page.reload()
    await expect(tab.page.locator("#access-problem")).to_have_text("Your session has ended; log in again to go on.")
    await expect(tab.page.locator("#items")).to_be_hidden()


async def test_a_room_that_closes_to_an_expired_token_asks_to_log_in_again(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.register()
    opened = 0

    async def expire(route: WebSocketRoute) -> None:
        nonlocal opened
        opened += 1
        await route.close(code=4401, reason="the access token has expired, connect with a new one")

    await tab.page.route_web_socket("**/ws/rooms/lobby", expire)
    await tab.button("Join").click()
    await expect(tab.page.locator("#access-problem")).to_have_text("Your session has ended; log in again to go on.")
    await expect(tab.page.locator("#room")).to_be_hidden()
    assert opened == 1
