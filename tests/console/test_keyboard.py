import pytest
from playwright.async_api import expect

from tests.support.browsing import OpenTab, Tab, a_room
from tests.support.people import PASSWORD, an_email

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]
STEPS = 40
HERE = """() => {
  const node = document.activeElement;
  const style = getComputedStyle(node);
  return [node.labels?.[0]?.firstChild.textContent.trim() || node.getAttribute("aria-label") || node.textContent.trim(),
    style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
}"""


async def _tab_to(tab: Tab, name: str) -> None:
    """Press Tab until the focus is there; wherever it stops it must be seen."""
    passed = []
    for _ in range(STEPS):
        await tab.page.keyboard.press("Tab")
        here, visible = await tab.page.evaluate(HERE)
        assert visible, f"the focus is not seen at {here}"
        if here == name:
            return
        passed.append(here)
    raise AssertionError(f"{name} is not reached: {passed}")


async def _type(tab: Tab, name: str, text: str) -> None:
    await _tab_to(tab, name)
    await tab.page.keyboard.type(text)


async def test_everything_is_done_with_the_keyboard_alone(open_tab: OpenTab) -> None:
    tab = await open_tab()
    press = tab.page.keyboard.press
    await _tab_to(tab, "Skip to items and rooms")
    await press("Enter")
    await _tab_to(tab, "Register instead")
    await press("Enter")
    await press("Shift+Tab")
    await _tab_to(tab, "Log in instead")
    for _ in range(5):
        await press("Shift+Tab")
    await _type(tab, "E-mail", an_email())
    await _type(tab, "Name", "Ann")
    await _type(tab, "Password", PASSWORD)
    await press("Enter")
    await expect(tab.page.locator("#items-title")).to_be_focused()
    await _type(tab, "Name", "Rope")
    await _type(tab, "Price", "2.20")
    await press("Enter")
    await expect(tab.page.locator("#new-name")).to_be_focused()
    await _tab_to(tab, "Edit Rope")
    await press("Enter")
    await expect(tab.items.get_by_label("Name")).to_be_focused()
    await _tab_to(tab, "Price")
    await press("Control+a")
    await tab.page.keyboard.type("3")
    await press("Enter")
    await expect(tab.item("Rope")).to_contain_text("3.00")
    await expect(tab.page.get_by_role("button", name="Edit Rope")).to_be_focused()
    await _tab_to(tab, "Delete Rope")
    await press("Enter")
    await expect(tab.items.get_by_role("button", name="Delete", exact=True)).to_be_focused()
    await press("Enter")
    await expect(tab.page.locator("#items-title")).to_be_focused()
    await _tab_to(tab, "Room")
    await press("Control+a")
    await tab.page.keyboard.type(a_room())
    await press("Enter")
    await expect(tab.room_link).to_contain_text("Live")
    await expect(tab.page.locator("#say-text")).to_be_focused()
    await tab.page.keyboard.type("hello")
    await press("Enter")
    await expect(tab.message("hello")).to_be_visible()
    await press("Shift+Tab")
    await press("Shift+Tab")
    await press("Shift+Tab")
    await _tab_to(tab, "Send")
