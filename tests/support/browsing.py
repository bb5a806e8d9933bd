"""A user's tab in a real browser, and what it does on the console."""

import uuid
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Error, Locator, Page, expect

from tests.support.people import PASSWORD, an_email

# A page that breaks its own policy says so on the console, in these words.
REFUSED = "Content Security Policy"


class Tab:
    """One page of the console.

    Attributes:
        said: the errors and warnings on the browser's console.
        hosts: everybody whom it asked for something.
        crashes: exceptions that nobody caught.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.said: list[str] = []
        self.crashes: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", self._note)
        page.on("pageerror", self._crash)
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.items = page.get_by_role("list", name="Items")
        self.log = page.get_by_role("log", name="Messages")
        self.room_link = page.locator("#room-link")
        self.items_link = page.locator("#items-link")
        self.verdict = page.locator("#verdict")
        self.email = ""

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(message.text)

    def _crash(self, error: Error) -> None:
        self.crashes.append(error.message)

    def check(self) -> None:
        """What no page may ever have done."""
        assert self.crashes == []
        assert [text for text in self.said if REFUSED in text] == []
        assert self.hosts == {urlsplit(self.address).netloc}

    async def open(self) -> None:
        await self.page.goto(self.address)
        await expect(self.verdict).not_to_be_empty()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def register(self, name: str = "Ann") -> None:
        self.email = an_email()
        await self.button("Register instead").click()
        await self.page.locator("#email").fill(self.email)
        await self.page.locator("#name").fill(name)
        await self.page.locator("#password").fill(PASSWORD)
        await self.button("Register").click()
        await expect(self.page.locator("#account-name")).to_have_text(name)
        await expect(self.items_link).to_contain_text("Live")

    async def log_in(self, email: str, password: str = PASSWORD) -> None:
        await self.page.locator("#email").fill(email)
        await self.page.locator("#password").fill(password)
        await self.button("Log in").click()

    async def add_item(self, name: str, price: str = "12.50") -> None:
        await self.page.locator("#new-name").fill(name)
        await self.page.locator("#new-price").fill(price)
        await self.button("Add item").click()
        await expect(self.item(name)).to_be_visible()

    def item(self, name: str) -> Locator:
        return self.items.get_by_role("listitem").filter(has=self.page.get_by_text(name, exact=True))

    async def join(self, room: str) -> None:
        await self.page.locator("#room-name").fill(room)
        await self.button("Join").click()
        await expect(self.room_link).to_contain_text("Live")

    async def say(self, text: str, to: str = "Everyone") -> None:
        await self.page.locator("#say-to").select_option(label=to)
        await self.page.locator("#say-text").fill(text)
        await self.button("Send").click()

    def message(self, text: str) -> Locator:
        return self.log.get_by_role("listitem").filter(has_text=text)

    async def texts(self) -> list[str]:
        """What was said in the room, as it is shown."""
        return await self.log.locator(".message .text").all_inner_texts()


OpenTab = Callable[..., Awaitable[Tab]]


def a_room() -> str:
    """A room that no other test is in."""
    return f"room-{uuid.uuid4().hex[:12]}"
