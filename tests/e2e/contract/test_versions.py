"""One item by each way of naming a version, through the Ingress."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

NewItem = Callable[..., dict[str, Any]]
WAYS = ("path", "header", "accept")


def ask(client: httpx.Client, way: str, version: int, rest: str) -> httpx.Response:
    """Name the version in the path, in its own header, or in Accept."""
    path = f"/api/v{version}{rest}" if way == "path" else f"/api{rest}"
    headers = {
        "header": {"API-Version": str(version)},
        "accept": {"Accept": f"application/vnd.slipway.v{version}+json"},
    }.get(way)
    return client.get(path, headers=headers)


@pytest.mark.parametrize("version", [1, 2])
def test_every_way_gives_the_same_bytes_and_tag(mine: httpx.Client, new_item: NewItem, version: int) -> None:
    rest = f"/items/{new_item(name='versions')['id']}"
    answers = [ask(mine, way, version, rest) for way in WAYS]
    assert {answer.status_code for answer in answers} == {200}
    assert len({(answer.content, answer.headers["etag"]) for answer in answers}) == 1
    assert {answer.headers["api-version"] for answer in answers} == {str(version)}
    for answer in answers:
        assert {"accept", "api-version"} <= {each.strip().lower() for each in answer.headers["vary"].split(",")}


def test_the_versions_differ_in_shape(mine: httpx.Client, new_item: NewItem) -> None:
    rest = f"/items/{new_item(price=12.5)['id']}"
    first, second = (ask(mine, "path", version, rest) for version in (1, 2))
    assert first.json()["price"] == 12.5
    assert second.json()["price"] == "12.50"
    assert "revision" not in first.json()
    assert second.json()["revision"]
    assert first.headers["etag"] != second.headers["etag"]


def test_only_the_first_version_says_that_it_ends(mine: httpx.Client) -> None:
    first, second = (ask(mine, "path", version, "/items") for version in (1, 2))
    assert first.headers["deprecation"].startswith("@")
    assert parsedate_to_datetime(first.headers["sunset"]).year >= 2026
    assert 'rel="' in first.headers["link"]
    assert not {"deprecation", "sunset"} & second.headers.keys()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v3/items", {}, 404),
        ("/api/items", {"API-Version": "3"}, 400),
        ("/api/items", {"Accept": "application/vnd.slipway.v3+json"}, 406),
        ("/api/v1/items", {"API-Version": "2"}, 400),
    ],
    ids=["path", "header", "accept", "contradiction"],
)
def test_an_unknown_version_is_refused(mine: httpx.Client, path: str, headers: dict[str, str], status: int) -> None:
    answer = mine.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
