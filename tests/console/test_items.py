import json

import pytest
from playwright.async_api import Route, WebSocketRoute, expect

from tests.support.browsing import OpenTab

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def test_an_item_lives_on_both_pages_of_its_owner(open_tab: OpenTab) -> None:
    one, other = await open_tab(), await open_tab()
    await one.register()
    await other.log_in(one.email)
    await expect(other.items_link).to_contain_text("Live")
    await one.add_item("Rope", "2.20")
    await expect(other.item("Rope")).to_contain_text("2.20")
    await one.page.get_by_role("button", name="Edit Rope").click()
    await one.items.get_by_label("Price").fill("3")
    await one.button("Save").click()
    await expect(one.page.get_by_role("button", name="Edit Rope")).to_be_focused()
    await expect(other.item("Rope")).to_contain_text("3.00")
    await one.page.get_by_role("button", name="Delete Rope").click()
    await one.items.get_by_role("button", name="Delete", exact=True).click()
    for tab in (one, other):
        await expect(tab.items.get_by_role("listitem")).to_have_count(0)
    await expect(one.page.locator("#items-title")).to_be_focused()


async def test_an_item_is_not_deleted_before_that_was_confirmed(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.register()
    await tab.add_item("Rope")
    await tab.page.get_by_role("button", name="Delete Rope").click()
    await tab.button("Keep").click()
    await tab.page.get_by_role("button", name="Delete Rope").click()
    await tab.page.keyboard.press("Escape")
    await tab.page.reload()
    await expect(tab.item("Rope")).to_be_visible()


async def test_what_has_changed_meanwhile_is_not_overwritten(open_tab: OpenTab) -> None:
    one, other = await open_tab(), await open_tab()
    await one.register()
    await one.add_item("Rope", "2.20")
    await other.log_in(one.email)
    await other.page.get_by_role("button", name="Edit Rope").click()
    await other.items.get_by_label("Price").fill("9")
    await one.page.get_by_role("button", name="Edit Rope").click()
    await one.items.get_by_label("Price").fill("3")
    await one.button("Save").click()
    await other.button("Save").click()
    await expect(other.items.get_by_role("alert")).to_contain_text("This item has changed meanwhile.")
    await other.button("Show what is stored now").click()
    await expect(other.items.get_by_label("Price")).to_have_value("3.00")
    await other.items.get_by_label("Price").fill("9")
    await other.button("Save").click()
    await expect(one.item("Rope")).to_contain_text("9.00")


async def test_more_items_are_shown_when_asked_for(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.register()
    await tab.page.evaluate("""async () => {
      const { token } = JSON.parse(sessionStorage.getItem("slipway-session"));
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
      for (let number = 1; number <= 13; number += 1)
        await fetch("/api/v2/items", { method: "POST", headers, body: `{"name": "item ${number}", "price": 1}` });
    }""")
    await tab.page.reload()
    await expect(tab.items.get_by_role("listitem")).to_have_count(10)
    await tab.button("Show more").click()
    await expect(tab.items.get_by_role("listitem")).to_have_count(13)
    await expect(tab.button("Show more")).to_be_hidden()
    names = [name.split("\n")[0] for name in await tab.items.locator("strong").all_inner_texts()]
    assert names == [f"item {number}" for number in range(13, 0, -1)]
    await expect(tab.page.get_by_role("button", name="Edit item 3", exact=True)).to_be_focused()


async def test_an_item_that_makes_no_sense_is_refused_at_its_field(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.register()
    await tab.page.locator("#new-name").fill("Rope")
    await tab.page.locator("#new-price").fill("much")
    await tab.button("Add item").click()
    await expect(tab.page.locator("#new-price")).to_have_accessible_description("Price must be a number such as 12.50.")
    await expect(tab.page.locator("#new-price")).to_be_focused()


async def test_an_item_whose_answer_was_lost_is_stored_once(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.register()

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await tab.page.route("**/api/v2/items", lose, times=1)
    await tab.page.locator("#new-name").fill("Rope")
    await tab.page.locator("#new-price").fill("2.20")
    await tab.button("Add item").click()
    await expect(tab.page.locator("#new-item .problem")).to_contain_text("The service cannot be reached.")
    await tab.button("Add item").click()
    await expect(tab.page.locator("#new-name")).to_be_empty()
    await tab.page.reload()
    await expect(tab.item("Rope")).to_have_count(1)


async def test_where_news_was_lost_the_list_is_read_anew(open_tab: OpenTab) -> None:
    tab, other = await open_tab(), await open_tab()

    async def lose_news(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            lost = json.loads(message)["type"] == "item"
            route.send('{"type": "gap", "last_id": "00000000.1-0"}' if lost else message)

        server.on_message(pass_on)

    await tab.page.route_web_socket("**/ws/rooms/items", lose_news)
    await tab.register()
    await other.log_in(tab.email)
    await other.add_item("Rope")
    await expect(tab.item("Rope")).to_be_visible()
