from typing import Literal

import pytest
from playwright.async_api import expect

from tests.support.browsing import OpenTab, a_room

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]
HOSTILE = "<img src=x onerror=window.stolen=1>"

# The contrast of every text with what lies under it (WCAG 2.2, 1.4.3), and what falls short.
TOO_FAINT = """() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const linear = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const under = (node) => {
    for (; node; node = node.parentElement) {
      const color = channels(getComputedStyle(node).backgroundColor);
      if ((color[3] ?? 1) === 1) return color;
    }
  };
  const words = (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  const shown = [...document.body.querySelectorAll("*")].filter((node) =>
    node.checkVisibility() && !node.closest(".unseen, .skip") && (node.matches("input, select") || words(node)));
  return shown.map((node) => {
    const [one, other] = [channels(getComputedStyle(node).color), under(node)].map(luminance).sort((a, b) => b - a);
    return { text: node.textContent.trim().slice(0, 40), ratio: (one + 0.05) / (other + 0.05) };
  }).filter(({ ratio }) => ratio < 4.5);
}"""


async def test_the_page_loads_without_an_error_and_asks_no_other_host(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await expect(tab.verdict).to_have_text("All checks pass")
    await expect(tab.page.locator("#fact-version")).to_have_text("0.1.0")
    await expect(tab.page.locator("#fact-environment")).to_have_text("development")
    await expect(tab.page.locator("#fact-versions")).to_have_text("v1, v2")
    await expect(tab.page.get_by_role("list", name="Checks")).to_contain_text("database passes")
    assert tab.said == []


async def test_no_script_runs_but_the_pages_own(open_tab: OpenTab) -> None:
    tab = await open_tab()
    refused = await tab.page.evaluate("""() => new Promise((resolve) => {
      const refused = new Set();
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        if (refused.add(effectiveDirective).size === 3) resolve([...refused].sort());
      });
      setTimeout(() => resolve([...refused].sort()), 10_000);
      const script = document.createElement("script");
      script.textContent = "window.stolen = 1";
      const style = document.createElement("style");
      style.textContent = "body { display: none }";
      document.body.append(script, style);
      fetch("https://example.invalid/").catch(() => 0);
    })""")
    assert await tab.page.evaluate("window.stolen") is None
    assert refused == ["connect-src", "script-src-elem", "style-src-elem"]
    tab.said.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_can_be_read_in_either_theme(open_tab: OpenTab, scheme: Literal["light", "dark"]) -> None:
    tab = await open_tab(color_scheme=scheme, reduced_motion="reduce")
    assert await tab.page.evaluate(TOO_FAINT) == []
    await tab.register()
    await tab.add_item("Rope")
    await tab.join(a_room())
    await tab.say("hello")
    await expect(tab.message("hello")).to_be_visible()
    await tab.button("Add item").click()
    await expect(tab.page.get_by_text("Name is needed.")).to_be_visible()
    assert await tab.page.evaluate(TOO_FAINT) == []
    ground = await tab.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == {"light": "rgb(246, 246, 243)", "dark": "rgb(18, 20, 22)"}[scheme]


async def test_what_moves_stands_still_for_those_who_asked(open_tab: OpenTab) -> None:
    tab = await open_tab(reduced_motion="reduce")
    moving = """() => {
      const fresh = document.body.appendChild(document.createElement("p"));
      fresh.className = "fresh";
      return fresh.getAnimations().length;
    }"""
    assert await tab.page.evaluate(moving) == 0
    await tab.page.emulate_media(reduced_motion="no-preference")
    assert await tab.page.evaluate(moving) == 1


@pytest.mark.parametrize("width", [360, 640])  # a telephone; and 200 % zoom at 1280
async def test_nothing_is_wider_than_the_window(open_tab: OpenTab, width: int) -> None:
    tab = await open_tab(viewport={"width": width, "height": 700})
    await tab.register("A name of some length " * 3)
    await tab.add_item("word" * 20, "1234567890.50")
    await tab.join(a_room())
    await tab.say("unbroken" * 40)
    await expect(tab.message("unbroken")).to_be_visible()
    assert await tab.page.evaluate("document.documentElement.scrollWidth") == width


async def test_everything_has_a_name_and_a_place(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.register()
    await tab.add_item("Rope")
    await tab.join(a_room())
    page = tab.page
    assert await page.locator("h1").count() == 1
    for landmark in ("banner", "main", "contentinfo"):
        await expect(page.get_by_role(landmark)).to_have_count(1)
    for region in ("What runs here", "Checks", "Items", "Room"):
        await expect(page.get_by_role("region", name=region)).to_be_visible()
    fields = page.locator("input, select")
    assert await fields.evaluate_all("(all) => all.filter(({ labels }) => !labels.length).map(({ id }) => id)") == []
    ids = await page.locator("[id]").evaluate_all("(all) => all.map(({ id }) => id)")
    assert len(ids) == len(set(ids))
    assert await page.evaluate("document.documentElement.lang") == "en"
    await expect(page.get_by_role("button", name="Edit Rope")).to_be_visible()


async def test_a_hostile_name_stays_text(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.register(HOSTILE)
    await tab.add_item(HOSTILE)
    await tab.join(a_room())
    await tab.say(HOSTILE)
    await expect(tab.message(HOSTILE)).to_be_visible()
    await tab.page.get_by_role("button", name=f"Delete {HOSTILE}").click()
    await expect(tab.page.get_by_text("This cannot be undone.")).to_contain_text(HOSTILE)
    assert await tab.page.locator("main img").count() == 0
    assert await tab.page.evaluate("window.stolen") is None
