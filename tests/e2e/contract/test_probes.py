"""The probes through the Ingress; what they say is for people and outside monitors."""

import httpx
import pytest


@pytest.mark.parametrize("path", ["/health/live", "/health/startup", "/health/ready", "/health"])
def test_a_probe_passes(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "pass"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/health/ready", "/health"])
def test_every_check_is_listed_and_the_database_is_postgresql(http: httpx.Client, path: str) -> None:
    checks = http.get(path).json()["checks"]
    assert {check["status"] for check in checks.values()} == {"pass"}
    assert checks["database"]["output"].startswith("postgresql")
    assert "slipway@" not in str(checks)


def test_liveness_asks_no_dependency(http: httpx.Client) -> None:
    assert http.get("/health/live").json().keys() == {"status"}


def test_the_index_shows_the_way(mine: httpx.Client) -> None:
    index = mine.get("/").json()
    assert mine.get(index["items"]).status_code == 200
    assert mine.get(index["health"]).status_code == 200
    assert mine.get("/api/version").json()["version"] == index["version"]
