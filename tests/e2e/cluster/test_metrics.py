"""Each pod's metrics, read from its admin port by way of the API server."""

from collections import Counter
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.cluster.kube import Kube
from tests.e2e.waiting import wait_until

HANDLER = "/api/version"
REQUESTS = 60


def scrape(kube: Kube, pod: Any) -> str:
    """Read the exposition as it is; the client would take a body that happens to be JSON apart."""
    answer: Any = kube.core.connect_get_namespaced_pod_proxy_with_path(
        f"{pod.metadata.name}:9000", kube.namespace, "metrics", _preload_content=False
    )
    text: str = answer.data.decode()
    return text


def served(kube: Kube, pods: list[Any]) -> Counter[str]:
    """Requests for the handler that each pod has counted."""
    counted: Counter[str] = Counter()
    for pod in pods:
        for family in text_string_to_metric_families(scrape(kube, pod)):
            for sample in family.samples:
                if sample.name == "http_requests_total" and sample.labels["handler"] == HANDLER:
                    counted[pod.metadata.name] += int(sample.value)
    return counted


def test_every_pod_is_scraped(kube: Kube, pods: list[Any]) -> None:
    for pod in pods:
        families = {family.name for family in text_string_to_metric_families(scrape(kube, pod))}
        assert {"slipway_build_info", "slipway_draining", "process_resident_memory_bytes"} <= families


def test_each_pod_counts_exactly_the_requests_it_served(kube: Kube, pods: list[Any], http: httpx.Client) -> None:
    before = served(kube, pods)
    sent = Counter(http.get(HANDLER).headers["x-served-by"] for _ in range(REQUESTS))
    assert sent.keys() <= {pod.metadata.name for pod in pods}

    def growth() -> Counter[str]:
        return served(kube, pods) - before

    # A request is counted just after its last byte went out.
    wait_until(lambda: growth().total() >= REQUESTS, 10, f"{REQUESTS} requests are counted")
    assert growth() == sent
