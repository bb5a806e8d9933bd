import asyncio
import random
import threading
from urllib.parse import unquote

import pytest
from fastapi.routing import iter_route_contexts
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Message

from service.platform.probes import PATHS as PROBES
from service.settings import Settings
from tests.support.people import a_person
from tests.support.served import Served, migrate, served


async def samples(service: Served) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = await service.admin.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def label(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


async def test_the_public_port_has_no_metrics(service: Served) -> None:
    assert (await service.public.get("/metrics")).status_code == 404


async def test_requests_are_counted_by_template_and_probes_are_not(service: Served) -> None:
    person = await a_person(service)
    for number in range(1, 6):
        await service.public.get(f"/api/v1/items/{number}00000", headers=person.headers)
        await service.public.get("/health/ready")
    found = await samples(service)
    counted = label(handler="/api/v1/items/{number}", method="GET", status="404")
    assert found["http_requests_total", counted] == 5
    assert not [labels for _, labels in found if any("health" in value for _, value in labels)]


HOSTILE = ("GET", "POST", "PATCH", "DELETE", "PROPFIND", "MKCOL", "X-{}", "get{}")
PATHS = (
    *("/x/{}", "/{}", "//{}", "/api/{}", "/api/v{}/items", "/api/v{}", "/docs-assets/{}", "/ws/rooms/{}"),
    *("/api/v1/items/{}", "/api/v1/items/{}/", "/api/v2/items/a{}", "/api/v1/users/me/{}", "/api/v1/compute/-{}"),
    *("/api/items/{}", "/api/v1/items?limit={}", "/health/{}", "/metrics/{}", "/api/v1/items/%2e%2e/{}", "/%00{}"),
)


async def ask(service: Served, method: str, path: str, headers: dict[str, str]) -> None:
    """A request without a client in between, which would be most of the time that ten thousand take."""
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": ("service", 8000),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
        "client": None,
        "state": dict(service.state),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Message) -> None:
        pass

    await service.app(scope, receive, send)


async def test_a_stranger_cannot_make_series(sqlite_settings: Settings) -> None:
    dice = random.Random(1)  # noqa: S311 - nothing to guess
    migrate(sqlite_settings)
    async with served(sqlite_settings) as service:
        for number in range(10_000):
            headers = {dice.choice(("API-Version", "Accept")): f"v{number}"} if number % 5 == 0 else {}
            await ask(service, dice.choice(HOSTILE).format(number), dice.choice(PATHS).format(number), headers)
        found = await samples(service)
    assert sum(value for (name, _), value in found.items() if name == "http_requests_total") == 10_000
    methods = {value for _, labels in found for name, value in labels if name == "method"}
    assert methods <= {"GET", "POST", "PATCH", "DELETE", "_OTHER"}
    assert len(found) < 500


async def test_the_handler_is_the_full_template_however_deep_its_router_is(service: Served) -> None:
    public = {context.path for context in iter_route_contexts(service.app.routes)}
    for path in (
        *("/api/version", "/api/v1/items/1", "/api/v2/items/1", "/api/v1/users/me", "/api/v2/compute/0"),
        *("/docs-assets/none.js", "/api/v1/openapi.json"),
    ):
        await service.public.get(path)
    handlers = {value for _, labels in await samples(service) for name, value in labels if name == "handler"}
    assert handlers == {
        *("/api/version", "/api/v1/items/{number}", "/api/v2/items/{number}", "/api/v1/users/me"),
        *("/api/v2/compute/{n}", "/docs-assets", "/api/v1/openapi.json"),
    }
    assert handlers <= public


@pytest.mark.parametrize("headers", [{"API-Version": "2"}, {"Accept": "application/vnd.slipway.v2+json"}])
async def test_the_handler_is_of_the_version_that_headers_chose(service: Served, headers: dict[str, str]) -> None:
    await service.public.get("/api/items/5", headers=headers)
    counted = label(handler="/api/v2/items/{number}", method="GET", status="401")
    assert (await samples(service))["http_requests_total", counted] == 1


async def test_what_no_route_answers_has_no_handler(service: Served) -> None:
    await service.public.delete("/api/version")
    await service.public.get("/nowhere")
    found = await samples(service)
    assert found["http_requests_total", label(handler="none", method="DELETE", status="405")] == 1
    assert found["http_requests_total", label(handler="none", method="GET", status="404")] == 1


async def test_probes_are_not_even_counted_without_a_name(service: Served) -> None:
    for path in (*PROBES, "/health%0A"):
        await service.public.get(path)
    assert not [name for name, labels in await samples(service) if dict(labels).get("handler")]


async def test_saturation_and_drain_are_shown(service: Served) -> None:
    names = {name for name, _ in await samples(service)}
    assert {
        "slipway_draining",
        "slipway_websockets_open",
        "slipway_database_slots_in_use",
        "slipway_database_slots_waiting",
        "slipway_database_slots",
        "slipway_database_slot_wait_seconds_count",
        "slipway_threads_in_use",
        "slipway_event_loop_lag_seconds",
        "slipway_build_info",
        "process_resident_memory_bytes",
    } <= names


async def test_who_waits_for_a_connection_is_shown_while_waiting(service: Served) -> None:
    def value(found: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str) -> float:
        return found[f"slipway_database_{name}", frozenset()]

    database, release = service.state["database"], threading.Event()
    size = int(value(await samples(service), "slots"))
    held = [asyncio.create_task(database.run(lambda _session: release.wait(20))) for _ in range(size + 2)]
    async with asyncio.timeout(10):
        while value(busy := await samples(service), "slots_waiting") < 2:  # noqa: ASYNC110 - threads set no event
            await asyncio.sleep(0.01)
    assert value(busy, "slots_in_use") == size
    assert value(busy, "slot_wait_seconds_count") == size
    release.set()
    await asyncio.gather(*held)
    idle = await samples(service)
    assert (value(idle, "slots_waiting"), value(idle, "slots_in_use")) == (0, 0)
    assert value(idle, "slot_wait_seconds_count") == size + 2
    assert value(idle, "slot_wait_seconds_sum") > 0
