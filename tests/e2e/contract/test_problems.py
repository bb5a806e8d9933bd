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


def test_no_item(http: httpx.Client) -> None:
    assert_problem(http.get(NO_SUCH), 404)


def test_metrics_are_not_for_the_public(http: httpx.Client) -> None:
    assert_problem(http.get("/metrics"), 404)


def test_wrong_method(http: httpx.Client) -> None:
    answer = http.put(ITEMS, json={})
    assert_problem(answer, 405)
    # RFC 9110, 15.5.6: what the resource supports, not what one of its routes does.
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


def test_violations_are_pointed_at_and_not_repeated(http: httpx.Client) -> None:
    canary = f"canary-{uuid.uuid4().hex}"
    answer = http.post(ITEMS, json={"name": [canary], "price": canary, "a/b~c": canary})
    errors = assert_problem(answer, 422)["errors"]
    assert {error["pointer"] for error in errors} == {"/name", "/price", "/a~1b~0c"}
    assert canary not in answer.text


def test_a_negative_price_and_a_long_name(http: httpx.Client) -> None:
    errors = assert_problem(http.post(ITEMS, json={"name": "x" * 101, "price": -1}), 422)["errors"]
    assert {error["pointer"] for error in errors} == {"/name", "/price"}


def test_malformed_json(http: httpx.Client) -> None:
    canary = f"canary-{uuid.uuid4().hex}"
    answer = http.post(ITEMS, content=f'{{"name": {canary}', headers=JSON)
    assert_problem(answer, 422)
    assert canary not in answer.text


def test_a_body_above_one_mebibyte(http: httpx.Client) -> None:
    assert_problem(http.post(ITEMS, content=b" " * (1024 * 1024 + 1), headers=JSON), 413)


def test_a_request_id_comes_back(http: httpx.Client) -> None:
    mine = f"e2e-{uuid.uuid4().hex}"
    answer = http.get(NO_SUCH, headers={"x-request-id": mine})
    assert assert_problem(answer, 404)["request_id"] == mine
    assert http.get("/api/version", headers={"x-request-id": mine}).headers["x-request-id"] == mine


def test_each_request_without_an_id_is_given_one(http: httpx.Client) -> None:
    given = [http.get("/api/version").headers["x-request-id"] for _ in range(3)]
    assert all(given)
    assert len(set(given)) == 3
