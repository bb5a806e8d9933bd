import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.support.browsing import OpenTab, a_room
from tests.support.ports import free_port
from tests.support.redis import outages, program
from tests.support.server import Server, serving

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture
def other_server(folder: Path, tmp_path: Path, settings_of_all: dict[str, Any]) -> Iterator[Server]:
    """Another process with the same database and Redis, as another pod has them."""
    if not program():
        pytest.skip("neither valkey-server nor redis-server is installed")
    with serving(tmp_path, database_url=f"sqlite:///{folder}/service.db", **settings_of_all) as running:
        yield running


async def test_two_people_on_two_pods_chat_and_what_is_personal_stays_so(
    open_tab: OpenTab, other_server: Server
) -> None:
    ann, bob, eve = await open_tab(), await open_tab(other_server.public), await open_tab()
    room = a_room()
    for tab, name in ((ann, "Ann"), (bob, "Bob"), (eve, "Eve")):
        await tab.register(name)
        await tab.join(room)
    await expect(ann.log).to_contain_text("Bob joined.")
    await ann.say("Hello, all")
    await expect(bob.message("Hello, all")).to_contain_text("Ann")
    await expect(ann.message("Hello, all")).to_contain_text("You")
    await expect(ann.message("Hello, all").locator(".receipt")).to_have_text("acknowledged")
    await ann.say("Between us", to="Bob only")
    await expect(bob.message("Between us")).to_contain_text("to you only")
    await expect(ann.message("Between us")).to_contain_text("to Bob only")
    await bob.say("Goodbye")
    await expect(eve.message("Goodbye")).to_contain_text("Bob")
    assert await eve.texts() == ["Hello, all", "Goodbye"]
    await bob.button("Leave").click()
    await expect(bob.page.locator("#room-name")).to_be_focused()
    await expect(ann.log).to_contain_text("Bob left.")


async def test_what_was_said_is_there_again_after_a_reload(open_tab: OpenTab) -> None:
    tab, room = await open_tab(), a_room()
    await tab.register()
    await tab.join(room)
    for text in ("one", "two"):
        await tab.say(text)
        await expect(tab.message(text)).to_be_visible()
    await tab.page.reload()
    await tab.join(room)
    await expect(tab.message("two")).to_be_visible()
    assert await tab.texts() == ["one", "two"]


async def test_a_restart_loses_no_message_and_tells_none_twice(
    open_tab: OpenTab, tmp_path: Path, settings_of_all: dict[str, Any]
) -> None:
    if not program():
        pytest.skip("neither valkey-server nor redis-server is installed")
    settings, room = {**settings_of_all, "public_port": free_port()}, a_room()
    with serving(tmp_path, **settings) as first:
        ann, bob = await open_tab(first.public), await open_tab(first.public)
        for tab, name in ((ann, "Ann"), (bob, "Bob")):
            await tab.register(name)
            await tab.join(room)
        await ann.say("before")
        await expect(bob.message("before")).to_be_visible()
        first.terminate()
        first.process.wait()
    await expect(ann.room_link).to_have_text("Reconnecting")
    await expect(ann.verdict).to_have_text("Not reachable, trying again")
    await ann.say("meanwhile")
    await expect(ann.page.locator("#outbox")).to_contain_text("not acknowledged yet")
    with serving(tmp_path, **settings):
        await expect(bob.message("meanwhile")).to_be_visible()
        await expect(ann.page.locator("#outbox")).to_be_hidden()
        await bob.say("after")
        await expect(ann.message("after")).to_be_visible()
        for tab in (ann, bob):
            assert await tab.texts() == ["before", "meanwhile", "after"]
        await expect(ann.page.locator("#checks-note")).to_contain_text("Reachable again")
        for tab in (ann, bob):
            await tab.page.goto("about:blank")


async def test_an_answer_that_was_lost_on_the_way_is_asked_for_again_and_told_once(open_tab: OpenTab) -> None:
    tab, other = await open_tab(), await open_tab()
    room = a_room()
    for each in (tab, other):
        await each.register()
    losing = Losing()
    await tab.page.route_web_socket(f"**/ws/rooms/{room}", losing)
    for each in (tab, other):
        await each.join(room)
    await tab.say("seen")
    await expect(tab.message("seen")).to_be_visible()
    await expect(tab.page.locator("#outbox")).to_be_hidden()
    losing.due = True
    await tab.say("told once")
    await expect(other.message("told once")).to_be_visible()
    await expect(tab.page.locator("#outbox")).to_be_hidden()
    await other.say("the end")
    await expect(tab.message("the end")).to_be_visible()
    assert await tab.texts() == await other.texts() == ["seen", "told once", "the end"]


async def test_what_cannot_be_taken_at_once_is_said_again(open_tab: OpenTab) -> None:
    tab, room = await open_tab(), a_room()
    await tab.register()
    await tab.page.route_web_socket(f"**/ws/rooms/{room}", TurningFirstAway())
    await tab.join(room)
    await tab.say("too soon")
    await expect(tab.message("too soon")).to_be_visible()
    await expect(tab.page.locator("#outbox")).to_be_hidden()
    await expect(tab.page.locator("#say .problem")).to_be_empty()


async def test_what_is_no_longer_kept_is_told(open_tab: OpenTab) -> None:
    tab, room = await open_tab(), a_room()
    await tab.register()
    key = f"slipway-room-{room}"
    await tab.page.evaluate("(key) => sessionStorage.setItem(key, '00000000.1-0')", key)
    await tab.join(room)
    await expect(tab.log).to_contain_text("Some of what was said meanwhile is no longer kept.")


async def test_an_outage_of_redis_is_told_and_what_was_said_meanwhile_arrives(
    open_tab: OpenTab, tmp_path: Path, settings_of_all: dict[str, Any]
) -> None:
    if not program():
        pytest.skip("neither valkey-server nor redis-server is installed")
    with outages(tmp_path) as redis, serving(tmp_path, **{**settings_of_all, "redis_url": redis.url}) as server:
        ann, bob = await open_tab(server.public), await open_tab(server.public)
        room = a_room()
        for tab in (ann, bob):
            await tab.register()
            await tab.join(room)
        redis.end()
        await expect(ann.room_link).to_contain_text("Degraded")
        await ann.say("in between")
        await expect(ann.page.locator("#outbox")).to_contain_text("not acknowledged yet")
        redis.begin()
        await expect(ann.room_link).to_contain_text("Live")
        await expect(bob.message("in between")).to_be_visible()
        await expect(ann.page.locator("#outbox")).to_be_hidden()
        for tab in (ann, bob):
            assert await tab.texts() == ["in between"]
            await tab.page.goto("about:blank")


class TurningFirstAway:
    """Answers the first message in the service's place: too fast; the others are passed on."""

    def __init__(self) -> None:
        self.turned = 0

    async def __call__(self, route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            said = json.loads(message)
            if not self.turned and said["type"] == "message":
                self.turned += 1
                route.send(json.dumps({"type": "error", "code": "too_fast", "detail": "Slower.", "ref": said["ref"]}))
            else:
                server.send(message)

        route.on_message(pass_on)


class Losing:
    """Breaks the connection where the next message or acknowledgement would pass, each time it is `due`."""

    def __init__(self) -> None:
        self.due = False

    async def __call__(self, route: WebSocketRoute) -> None:
        server, broken = route.connect_to_server(), False

        async def pass_on(message: str | bytes) -> None:
            nonlocal broken
            if self.due and json.loads(message)["type"] in {"ack", "message"}:
                self.due, broken = False, True
                await server.close()
                await route.close(code=1011)
            elif not broken:
                route.send(message)

        server.on_message(pass_on)


@pytest.mark.parametrize("name", ["", "Lobby", "a b", "items"])
async def test_a_name_that_no_room_can_have_is_refused_in_a_sentence(open_tab: OpenTab, name: str) -> None:
    tab = await open_tab()
    await tab.register()
    await tab.page.locator("#room-name").fill(name)
    await tab.button("Join").click()
    await expect(tab.page.locator("#room-choice .problem")).to_contain_text("A room's name is")


async def test_what_is_too_long_comes_back_with_a_sentence(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.register()
    await tab.join(a_room())
    await tab.say("x" * 4001)
    await expect(tab.page.locator("#say .problem")).to_have_text("A text has 4000 characters at most.")
    await expect(tab.page.locator("#say-text")).to_have_value("x" * 4001)
    await expect(tab.page.locator("#outbox")).to_be_hidden()
