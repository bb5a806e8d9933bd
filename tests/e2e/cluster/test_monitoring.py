"""Prometheus reads the release, its rules and what the dashboard asks; k8s/README.md says how it gets there."""

from typing import Any

import httpx
import pytest

from tests.chart.queries import queries
from tests.e2e.cluster.kube import Kube
from tests.e2e.cluster.prometheus import Prometheus
from tests.e2e.waiting import wait_until
from tests.support.required import refuse

# A rate needs two readings, 15 s apart, and what is new is read after as long.
READINGS = 150
pytestmark = pytest.mark.timeout(READINGS + 240)


@pytest.fixture(scope="module")
def prometheus(kube: Kube) -> Prometheus:
    found = Prometheus(kube)
    if not found.answers():
        refuse(
            "REQUIRE_MONITORING",
            f"no Prometheus answers in the namespace {kube.namespace}: kubectl apply -f k8s/monitoring",
        )
    return found


@pytest.fixture
def used(http: httpx.Client) -> httpx.Client:
    """A release that has something to tell: requests, some of them wrong, and the cache."""
    for number in range(20):
        assert http.get(f"/api/v1/compute/{1000 + number % 3}").status_code == 200
        assert http.get("/api/nothing").status_code == 404
    return http


def test_every_pod_that_serves_is_read_once(prometheus: Prometheus, pods: list[Any]) -> None:
    wanted = {pod.metadata.name: "up" for pod in pods}
    wait_until(lambda: prometheus.targets() == wanted, READINGS, f"Prometheus reads {sorted(wanted)}")


@pytest.mark.usefixtures("pods")
def test_no_query_of_the_dashboard_is_empty(prometheus: Prometheus, kube: Kube, used: httpx.Client) -> None:
    asked = queries(kube.namespace, kube.deployment().metadata.name, "1m")

    def empty() -> list[str]:
        assert used.get("/api/v1/compute/1000").status_code == 200
        return [name for name, query in asked.items() if not prometheus.query(query)]

    wait_until(lambda: not empty(), READINGS, "every query has an answer", interval=5)


@pytest.mark.usefixtures("pods", "used")
def test_the_rules_of_the_release_are_evaluated(prometheus: Prometheus, kube: Kube) -> None:
    wait_until(prometheus.rules, READINGS, "Prometheus has read the rules of the release")

    def unhealthy() -> list[str]:
        return [rule["name"] for rule in prometheus.rules() if rule["health"] != "ok"]

    wait_until(lambda: not unhealthy(), READINGS, "every rule is evaluated")
    names = {rule["name"] for rule in prometheus.rules()}
    assert {"SlipwayDown", "SlipwayErrorBudgetBurn", "slipway:http_requests:error_ratio_rate5m"} <= names
    ratio = f'slipway:http_requests:error_ratio_rate5m{{job="{kube.deployment().metadata.name}"}}'
    wait_until(lambda: prometheus.query(ratio), READINGS, "the ratio of errors is recorded")
    down = [rule for rule in prometheus.rules() if rule["name"] == "SlipwayDown"]
    assert [rule["state"] for rule in down] == ["inactive"]


def test_prometheus_has_somebody_to_tell(prometheus: Prometheus) -> None:
    wait_until(prometheus.alertmanagers, READINGS, "Alertmanager is known to Prometheus")
