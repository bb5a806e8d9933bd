"""Writes that say what they are based on, and writes sent twice, through the Ingress."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

NewItem = Callable[..., dict[str, Any]]
V1, V2 = "/api/v1/items", "/api/v2/items"


def test_what_is_unchanged_is_not_sent_again(mine: httpx.Client, new_item: NewItem) -> None:
    address = f"{V1}/{new_item()['id']}"
    tag = mine.get(address).headers["etag"]
    again = mine.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    mine.patch(address, json={"price": 2})
    changed = mine.get(address, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()["price"]) == (200, 2)


@pytest.mark.parametrize("base", [V1, V2])
def test_a_write_based_on_what_is_no_more_is_refused(mine: httpx.Client, new_item: NewItem, base: str) -> None:
    address = f"{base}/{new_item()['id']}"
    tag = mine.get(address).headers["etag"]
    first = mine.patch(address, json={"price": "2"}, headers={"If-Match": tag})
    assert first.status_code == 200
    assert first.headers["etag"] == mine.get(address).headers["etag"] != tag
    assert mine.patch(address, json={"price": "3"}, headers={"If-Match": tag}).status_code == 412
    assert mine.delete(address, headers={"If-Match": tag}).status_code == 412
    assert mine.get(address).headers["etag"] == first.headers["etag"]
    assert mine.delete(address, headers={"If-Match": first.headers["etag"]}).status_code == 204


def test_the_second_version_wants_to_know_what_a_write_is_based_on(mine: httpx.Client, new_item: NewItem) -> None:
    address = f"{V2}/{new_item()['id']}"
    assert mine.patch(address, json={"price": "2"}).status_code == 428
    assert mine.delete(address).status_code == 428


def test_a_creation_sent_twice_creates_once(mine: httpx.Client) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    name = f"once {key['Idempotency-Key']}"
    new = {"name": name, "price": 1}
    # Each by a connection of its own, so that several pods are asked.
    answers = [mine.post(V1, json=new, headers={**key, "Connection": "close"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201] * 4
    (number,) = {answer.json()["id"] for answer in answers}
    found = mine.get(V1, params={"name": name}).json()["items"]
    assert [item["id"] for item in found] == [number]
    assert mine.post(V1, json={**new, "price": 2}, headers=key).status_code == 422
    assert mine.delete(f"{V1}/{number}").status_code == 204
