"""Needs the address only, so it runs from a container of the cluster as well."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

ITEMS = "/api/v1/items"


@pytest.fixture
def new_item(http: httpx.Client) -> Iterator[Callable[..., dict[str, Any]]]:
    """Makes items and removes them after the test."""
    made: list[int] = []

    def create(**values: Any) -> dict[str, Any]:
        answer = http.post(ITEMS, json={"name": "end to end", "price": 1, **values})
        assert answer.status_code == 201, answer.text
        item: dict[str, Any] = answer.json()
        made.append(item["id"])
        return item

    yield create
    for number in made:
        assert http.delete(f"{ITEMS}/{number}").status_code in {204, 404}
