from collections.abc import AsyncIterator
from datetime import date

import pytest

from service.settings import Settings
from tests.support.people import a_person
from tests.support.served import Served, migrate, served

V2 = "application/vnd.slipway.v2+json"


@pytest.fixture
async def service(sqlite_settings: Settings) -> AsyncIterator[Served]:
    migrate(sqlite_settings)
    async with served(sqlite_settings) as running:
        running.public.headers.update((await a_person(running)).headers)
        yield running


@pytest.mark.parametrize("number", [1, 2])
async def test_every_way_gives_the_same_bytes_and_the_same_tag(service: Served, number: int) -> None:
    made = await service.public.post("/api/v2/items", json={"name": "one", "price": "1.50"})
    item = made.json()["id"]
    ways = [
        await service.public.get(f"/api/v{number}/items/{item}"),
        await service.public.get(f"/api/items/{item}", headers={"api-version": str(number)}),
        await service.public.get(f"/api/items/{item}", headers={"accept": V2.replace("2", str(number))}),
    ]
    assert {answer.status_code for answer in ways} == {200}
    assert len({answer.content for answer in ways}) == 1
    assert len({answer.headers["etag"] for answer in ways}) == 1
    assert {answer.headers["api-version"] for answer in ways} == {str(number)}
    assert {answer.headers["vary"] for answer in ways} == {"Accept, API-Version"}
    assert [answer.headers["content-type"] for answer in ways[1:]] == ["application/json", V2.replace("2", str(number))]


async def test_the_versions_differ_in_shape(service: Served) -> None:
    made = (await service.public.post("/api/v2/items", json={"name": "one", "price": "1.50"})).json()
    first = (await service.public.get("/api/v1/items")).json()
    second = (await service.public.get("/api/v2/items")).json()
    assert set(first) == {"items", "next"}
    assert set(second) == {"data", "page"}
    assert (first["items"][0]["price"], second["data"][0]["price"]) == (1.5, "1.50")
    assert second["data"][0] == made
    assert set(made) - set(first["items"][0]) == {"owner_id", "revision"}


async def test_only_the_first_version_says_that_it_ends(service: Served) -> None:
    first, second = [await service.public.get(f"/api/v{number}/items") for number in (1, 2)]
    assert first.headers["deprecation"] == "@1796083200"
    assert first.headers["sunset"] == "Wed, 01 Dec 2027 00:00:00 GMT"
    assert '</api/v2/items>; rel="successor-version"' in first.headers["link"]
    assert not {"deprecation", "sunset", "link"} & set(second.headers)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v3/items", {}, 404),
        ("/api/items", {"api-version": "3"}, 400),
        ("/api/items", {"accept": "application/vnd.slipway.v3+json"}, 406),
        ("/api/v1/items", {"api-version": "2"}, 400),
        ("/api/items", {"api-version": "1", "accept": V2}, 400),
    ],
)
async def test_no_version_and_two_versions_are_problems(
    service: Served, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await service.public.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["vary"] == "Accept, API-Version"


async def test_after_its_sunset_a_version_is_gone(sqlite_settings: Settings) -> None:
    migrate(sqlite_settings)
    ended = {"v1_deprecated": date(2020, 1, 1), "v1_sunset": date(2021, 1, 1)}
    async with served(sqlite_settings.model_copy(update=ended)) as service:
        assert (await service.public.get("/api/v1/items")).status_code == 410
        assert (await service.public.get("/api/items")).headers["api-version"] == "2"


async def test_each_version_has_a_document_of_its_own(service: Served) -> None:
    for number, other in ((1, 2), (2, 1)):
        document = (await service.public.get(f"/api/v{number}/openapi.json")).json()
        assert document["paths"]
        assert all(path.startswith(f"/api/v{number}/") for path in document["paths"])
        whole = str(document)
        assert f"/api/v{other}/items" not in whole
        assert "HTTPValidationError" not in whole
    assert "ItemPage2" not in (await service.public.get("/api/v1/openapi.json")).json()["components"]["schemas"]


async def test_what_belongs_to_no_version_has_none(service: Served) -> None:
    for path in ("/api/version", "/", "/health/live"):
        assert "api-version" not in (await service.public.get(path)).headers
