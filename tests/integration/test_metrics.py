import asyncio

from prometheus_client.parser import text_string_to_metric_families

from tests.support.people import a_person
from tests.support.served import Served


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


async def test_a_stranger_cannot_make_series(service: Served) -> None:
    async def hostile(number: int) -> None:
        method = ("GET", "POST", "DELETE")[number % 3]
        path = (f"/x/{number}", f"/api/v1/items/{number}/", f"/api/v{number}/items", f"/api/v1/items/a{number}")[
            number % 4
        ]
        await service.public.request(method, path)

    for start in range(0, 2000, 50):
        await asyncio.gather(*(hostile(number) for number in range(start, start + 50)))
    assert len(await samples(service)) < 500


async def test_saturation_and_drain_are_shown(service: Served) -> None:
    names = {name for name, _ in await samples(service)}
    assert {
        "slipway_draining",
        "slipway_websockets_open",
        "slipway_database_slots_in_use",
        "slipway_database_slots_waiting",
        "slipway_event_loop_lag_seconds",
        "slipway_build_info",
        "process_resident_memory_bytes",
    } <= names
