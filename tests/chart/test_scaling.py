"""Who scales, by what and how fast: a HorizontalPodAutoscaler, KEDA, a VerticalPodAutoscaler."""

from typing import Any

import pytest

from tests.chart.rendering import Document, of_kind, one, template
from tests.chart.scenarios import EXISTING, FETCHED, MOUNTED, PRODUCTION

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "slipway"}


def scaled(helm: str, kube: str = "1.34", **values: Any) -> Document:
    documents = template(helm, {**PRODUCTION, "autoscaling": {"enabled": True, **values}}, kube=kube)
    found: Document = one(documents, "HorizontalPodAutoscaler")["spec"]
    return found


def test_all_metrics_are_looked_at_and_memory_first(helm: str) -> None:
    spec = one(template(helm, FETCHED), "HorizontalPodAutoscaler")["spec"]
    assert [metric["type"] for metric in spec["metrics"]] == [
        *("ContainerResource", "ContainerResource", "Pods", "External", "External")
    ]
    memory, cpu, pods, queue, lag = spec["metrics"]
    assert (memory["containerResource"]["name"], cpu["containerResource"]["name"]) == ("memory", "cpu")
    assert {memory["containerResource"]["container"], cpu["containerResource"]["container"]} == {"slipway"}
    assert pods["pods"] == {
        "metric": {"name": "requests", "selector": {"matchLabels": {"route": "items"}}},
        "target": {"type": "AverageValue", "averageValue": "20"},
    }
    assert queue["external"]["target"] == {"type": "Value", "value": "30"}
    assert lag["external"]["target"] == {"type": "AverageValue", "averageValue": "5"}


def test_the_container_that_counts_is_the_service(any_helm: str) -> None:
    containers = one(template(any_helm, FETCHED), "Deployment")["spec"]["template"]["spec"]["containers"]
    assert "slipway" in {container["name"] for container in containers}


def test_a_preset_can_be_changed(helm: str) -> None:
    assert "behavior" not in scaled(helm)
    cautious, quick = (scaled(helm, preset=name)["behavior"] for name in ("cautious", "quick"))
    down = [behavior["scaleDown"]["stabilizationWindowSeconds"] for behavior in (cautious, quick)]
    assert down == [600, 120]
    assert quick["scaleUp"]["stabilizationWindowSeconds"] == 0 < cautious["scaleUp"]["stabilizationWindowSeconds"]
    changed = scaled(helm, preset="cautious", behavior={"scaleDown": {"stabilizationWindowSeconds": 0}})["behavior"]
    assert changed["scaleDown"] == {**cautious["scaleDown"], "stabilizationWindowSeconds": 0}
    assert changed["scaleUp"] == cautious["scaleUp"]


@pytest.mark.parametrize(("kube", "expected"), [("1.36", None), ("1.37", "0.05"), ("1.38", "0.05")])
@pytest.mark.parametrize("engine", ["hpa", "keda"])
def test_the_tolerance_waits_for_kubernetes_1_37(helm: str, engine: str, kube: str, expected: str | None) -> None:
    values = {"enabled": True, "engine": engine, "tolerance": 0.05, "preset": "quick"}
    documents = template(helm, {**PRODUCTION, "autoscaling": values}, kube=kube)
    if engine == "hpa":
        behavior = one(documents, "HorizontalPodAutoscaler")["spec"]["behavior"]
    else:
        advanced = one(documents, "ScaledObject")["spec"]["advanced"]
        behavior = advanced["horizontalPodAutoscalerConfig"]["behavior"]
    assert [behavior[way].get("tolerance") for way in ("scaleUp", "scaleDown")] == [expected, expected]
    assert behavior["scaleDown"]["policies"] == [{"type": "Percent", "value": 50, "periodSeconds": 60}]


def test_the_tolerance_alone_is_a_behavior(any_helm: str) -> None:
    expected = {"scaleUp": {"tolerance": "0.1"}, "scaleDown": {"tolerance": "0.1"}}
    assert scaled(any_helm, kube="1.37", tolerance="0.1")["behavior"] == expected
    assert "behavior" not in scaled(any_helm, kube="1.36", tolerance="0.1")


def test_keda_scales_by_its_triggers_and_nothing_else_does(helm: str) -> None:
    documents = template(helm, MOUNTED)
    assert of_kind(documents, "HorizontalPodAutoscaler") == []
    spec = one(documents, "ScaledObject")["spec"]
    assert spec["scaleTargetRef"] == TARGET
    assert (spec["minReplicaCount"], spec["maxReplicaCount"], spec["pollingInterval"]) == (2, 10, 30)
    cpu, memory, prometheus, cron = spec["triggers"]
    assert cpu == {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "80"}}
    assert memory == {"type": "memory", "metricType": "Utilization", "metadata": {"value": "70"}}
    asked = {"serverAddress": "http://prometheus:9090", "query": "sum(rate(a[2m]))", "threshold": "50"}
    assert prometheus == {"type": "prometheus", "metadata": asked}
    assert cron == {"type": "cron", "metadata": {"timezone": "slipway"}}


def test_keda_can_count_the_service_s_container_alone(any_helm: str) -> None:
    values = {"enabled": True, "engine": "keda", "containerOnly": True}
    spec = one(template(any_helm, {**PRODUCTION, "autoscaling": values}), "ScaledObject")["spec"]
    (cpu,) = spec["triggers"]
    assert cpu["metadata"] == {"value": "80", "containerName": "slipway"}


@pytest.mark.parametrize("engine", ["hpa", "keda"])
def test_replicas_are_left_to_whoever_scales(helm: str, engine: str) -> None:
    values = {**EXISTING, "autoscaling": {"enabled": True, "engine": engine}}
    assert "replicas" not in one(template(helm, values), "Deployment")["spec"]
    vertical = {**EXISTING, "verticalAutoscaling": {"enabled": True, "updateMode": "Recreate"}}
    assert one(template(helm, vertical), "Deployment")["spec"]["replicas"] == 2


def test_a_vertical_autoscaler_only_recommends_unless_told_otherwise(helm: str) -> None:
    spec = one(template(helm, FETCHED), "VerticalPodAutoscaler")["spec"]
    assert spec == {
        "targetRef": TARGET,
        "updatePolicy": {"updateMode": "Off"},
        "resourcePolicy": {
            "containerPolicies": [
                {
                    "containerName": "slipway",
                    "controlledValues": "RequestsAndLimits",
                    "minAllowed": {"cpu": "50m"},
                    "maxAllowed": {"memory": "1Gi"},
                }
            ]
        },
    }
    assert of_kind(template(helm, PRODUCTION), "VerticalPodAutoscaler") == []


def test_the_size_of_a_pod_can_be_changed_and_bounded_as_a_whole(any_helm: str) -> None:
    policy = [{"resourceName": "cpu", "restartPolicy": "NotRequired"}]
    whole = {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}
    values = {**PRODUCTION, "resizePolicy": policy, "podResources": whole, "security": {"hostUsers": False}}
    spec = one(template(any_helm, values), "Deployment")["spec"]["template"]["spec"]
    assert spec["containers"][0]["resizePolicy"] == policy
    assert spec["resources"] == whole
    assert spec["hostUsers"] is False
    assert "hostUsers" not in one(template(any_helm, PRODUCTION), "Deployment")["spec"]["template"]["spec"]


def test_a_rule_of_the_spread_can_say_what_is_told_apart(any_helm: str) -> None:
    rule = {
        "topologyKey": "example.com/rack",
        "maxSkew": 1,
        "whenUnsatisfiable": "DoNotSchedule",
        "minDomains": 2,
        "matchLabelKeys": ["example.com/track"],
        "nodeTaintsPolicy": "Honor",
    }
    deployment = one(template(any_helm, {**PRODUCTION, "availability": {"topologySpread": [rule]}}), "Deployment")
    (found,) = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert found == {**rule, "labelSelector": deployment["spec"]["selector"]}
