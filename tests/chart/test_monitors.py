"""How Prometheus finds the pods: by a monitor of either kind, by one alone, and on the admin port."""

from typing import Any

import pytest

from tests.chart.api_server import serving
from tests.chart.rendering import CHART, Document, RefusedError, of_kind, one, parse, run, template
from tests.chart.scenarios import EXISTING, WATCHED, WATCHED_OTHERWISE

POD = "monitoring.coreos.com/v1/PodMonitor"
SERVICE = "monitoring.coreos.com/v1/ServiceMonitor"


def monitored(**values: Any) -> Document:
    return {**EXISTING, "metrics": {"monitor": values}}


def monitors(documents: list[Document]) -> list[str]:
    return [document["kind"] for document in documents if document["kind"].endswith("Monitor")]


@pytest.mark.parametrize(
    ("mode", "apis", "expected"),
    [
        ("auto", (), []),
        ("auto", (POD,), ["PodMonitor"]),
        ("auto", (SERVICE, "monitoring.coreos.com/v1"), []),
        ("always", (), ["PodMonitor"]),
        ("never", (POD,), []),
    ],
)
def test_a_monitor_is_made_where_it_is_wanted_and_known(
    helm: str, mode: str, apis: tuple[str, ...], expected: list[str]
) -> None:
    assert monitors(template(helm, monitored(mode=mode), apis=apis)) == expected


@pytest.mark.parametrize(("known", "expected"), [((), []), (("PodMonitor",), ["PodMonitor"])])
def test_a_cluster_is_asked_whether_it_knows_the_kind(helm: str, known: tuple[str, ...], expected: list[str]) -> None:
    sets = ("--set=database.url=postgresql://a@db.example.com/a", "--namespace=slipway")
    with serving(kinds=known) as address:
        where = ("--dry-run=server", f"--kube-apiserver={address}", "--disable-openapi-validation")
        told = run(helm, "install", "slipway", str(CHART), *sets, *where)
    assert monitors(parse(told.partition("MANIFEST:\n")[2].partition("\nNOTES:")[0])) == expected


def test_a_pod_monitor_selects_the_pods_that_serve_and_their_admin_port(helm: str) -> None:
    documents = template(helm, WATCHED)
    spec = one(documents, "PodMonitor")["spec"]
    deployment = one(documents, "Deployment")["spec"]
    assert spec["selector"] == deployment["selector"]
    (endpoint,) = spec["podMetricsEndpoints"]
    (container,) = deployment["template"]["spec"]["containers"]
    opened = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert (opened[endpoint["port"]], endpoint["path"]) == (9000, "/metrics")
    assert not [each for each in of_kind(documents, "Service") if each["metadata"]["name"].endswith("-metrics")]


def test_a_service_monitor_selects_one_service_with_the_admin_port(helm: str) -> None:
    documents = template(helm, WATCHED_OTHERWISE)
    spec = one(documents, "ServiceMonitor")["spec"]
    wanted = spec["selector"]["matchLabels"].items()
    (service,) = [each for each in of_kind(documents, "Service") if wanted <= each["metadata"]["labels"].items()]
    (endpoint,) = spec["endpoints"]
    (port,) = service["spec"]["ports"]
    assert (port["name"], port["targetPort"]) == (endpoint["port"], "admin")
    assert service["spec"]["selector"] == one(documents, "Deployment")["spec"]["selector"]["matchLabels"]
    assert (service["spec"]["clusterIP"], service["spec"]["publishNotReadyAddresses"]) == ("None", True)


@pytest.mark.parametrize("kind", ["PodMonitor", "ServiceMonitor"])
def test_a_monitor_carries_what_it_is_told(helm: str, kind: str) -> None:
    told = WATCHED["metrics"]["monitor"]
    document = one(template(helm, monitored(**{**told, "kind": kind, "sampleLimit": 7, "interval": "5s"})), kind)
    spec = document["spec"]
    (endpoint,) = spec.get("podMetricsEndpoints") or spec["endpoints"]
    assert document["metadata"]["labels"]["release"] == "prometheus"
    assert (spec["sampleLimit"], spec["labelLimit"], endpoint["interval"]) == (7, 30, "5s")
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": "slipway"}, *told["relabelings"]]
    assert endpoint["metricRelabelings"] == told["metricRelabelings"]


def test_no_limit_is_no_field(any_helm: str) -> None:
    spec = one(template(any_helm, monitored(mode="always", sampleLimit=0, labelLimit=0)), "PodMonitor")["spec"]
    assert not {"sampleLimit", "labelLimit"} & spec.keys()


def test_an_unknown_relabeling_is_refused(any_helm: str) -> None:
    with pytest.raises(RefusedError, match="sourceLabel"):
        template(any_helm, monitored(mode="always", relabelings=[{"sourceLabel": "a"}]))
