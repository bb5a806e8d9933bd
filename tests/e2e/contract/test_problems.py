"""Every error through the Ingress is a problem document (RFC 9457)."""

import uuid
from typing import Any

import httpx

ITEMS = "/api/v1/items"
JSON = {"content-type": "application/json"}
NO_SUCH = f"{ITEMS}/2147483647"


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= body.keys()
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-served-by"]
    return body


def test_no_route(http: httpx.Client) -> None:
    assert_problem(http.get("/nowhere"), 404)


def test_no_item(mine: httpx.Client) -> None:
    assert_problem(mine.get(NO_SUCH), 404)


def test_metrics_are_not_for_the_public(http: httpx.Client) -> None:
    assert_problem(http.get("/metrics"), 404)


def test_wrong_method(mine: httpx.Client) -> None:
    answer = mine.put(ITEMS, json={})
    assert_problem(answer, 405)
    # RFC 9110, 15.5.6: what the resource supports, not what one of its routes does.
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


def test_violations_are_pointed_at_and_not_repeated(mine: httpx.Client) -> None:
    canary = f"canary-{uuid.uuid4().hex}"
    answer = mine.post(ITEMS, json={"name": [canary], "price": canary, "a/b~c": canary})
    errors = assert_problem(answer, 422)["errors"]
    assert {error["pointer"] for error in errors} == {"/name", "/price", "/a~1b~0c"}
    assert canary not in answer.text


def test_a_negative_price_and_a_long_name(mine: httpx.Client) -> None:
    errors = assert_problem(mine.post(ITEMS, json={"name": "x" * 101, "price": -1}), 422)["errors"]
    assert {error["pointer"] for error in errors} == {"/name", "/price"}


def test_malformed_json(mine: httpx.Client) -> None:
    canary = f"canary-{uuid.uuid4().hex}"
    answer = mine.post(ITEMS, content=f'{{"name": {canary}', headers=JSON)
    assert_problem(answer, 422)
    assert canary not in answer.text


def test_a_body_above_one_mebibyte(mine: httpx.Client) -> None:
    assert_problem(mine.post(ITEMS, content=b" " * (1024 * 1024 + 1), headers=JSON), 413)


def test_a_request_id_comes_back(mine: httpx.Client) -> None:
    number = f"e2e-{uuid.uuid4().hex}"
    answer = mine.get(NO_SUCH, headers={"x-request-id": number})
    assert assert_problem(answer, 404)["request_id"] == number
    assert mine.get("/api/version", headers={"x-request-id": number}).headers["x-request-id"] == number


def test_each_request_without_an_id_is_given_one(http: httpx.Client) -> None:
    given = [http.get("/api/version").headers["x-request-id"] for _ in range(3)]
    assert all(given)
    assert len(set(given)) == 3
