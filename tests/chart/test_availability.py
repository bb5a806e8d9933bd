"""Replicas, disruption, spread and the times of a stop."""

import pytest

from tests.chart.rendering import Document, of_kind, one, service_of, template
from tests.chart.scenarios import EVERYTHING, PRODUCTION, TRIAL

# The drain: preStop, then the service's drain, graceful and termination grace seconds, then the pod's grace period.
TIMES = {
    0: (0, 0, 10, 20, 20),
    1: (0, 1, 10, 21, 21),
    2: (1, 1, 10, 21, 22),
    5: (2, 3, 10, 23, 25),
    6: (3, 3, 12, 25, 28),
    10: (5, 5, 20, 35, 40),
    15: (7, 8, 30, 48, 55),
    60: (30, 30, 120, 160, 190),
}
SCALED = {**PRODUCTION, "autoscaling": {"enabled": True}}


def deployment(helm: str, values: Document) -> Document:
    found: Document = one(template(helm, values), "Deployment")["spec"]
    return found


@pytest.mark.parametrize("seconds", TIMES)
def test_every_time_of_a_stop_follows_from_the_drain(helm: str, seconds: int) -> None:
    documents = template(helm, {**PRODUCTION, "availability": {"drainSeconds": seconds}})
    pre_stop, drain, graceful, process, pod = TIMES[seconds]
    spec = one(documents, "Deployment")["spec"]["template"]["spec"]
    settings = one(documents, "ConfigMap")["data"]
    assert spec["terminationGracePeriodSeconds"] == pod
    lifecycle = spec["containers"][0].get("lifecycle")
    assert lifecycle == ({"preStop": {"sleep": {"seconds": pre_stop}}} if pre_stop else None)
    assert settings["SLIPWAY_DRAIN_SECONDS"] == str(drain)
    assert settings["SLIPWAY_GRACEFUL_SECONDS"] == str(graceful)
    assert settings["SLIPWAY_TERMINATION_GRACE_SECONDS"] == str(process)


@pytest.mark.parametrize("seconds", [0, 1, 2, 3, 7, 10, 31, 600])
def test_the_process_ends_before_it_is_killed(any_helm: str, seconds: int) -> None:
    documents = template(any_helm, {**PRODUCTION, "availability": {"drainSeconds": seconds}})
    spec = one(documents, "Deployment")["spec"]["template"]["spec"]
    settings = {name: value for name, value in one(documents, "ConfigMap")["data"].items() if "SECONDS" in name}
    drain, graceful = int(settings["SLIPWAY_DRAIN_SECONDS"]), int(settings["SLIPWAY_GRACEFUL_SECONDS"])
    granted = int(settings["SLIPWAY_TERMINATION_GRACE_SECONDS"])
    lifecycle = spec["containers"][0].get("lifecycle", {"preStop": {"sleep": {"seconds": 0}}})
    pre_stop = lifecycle["preStop"]["sleep"]["seconds"]
    assert pre_stop + drain == seconds
    assert drain + graceful + 10 == granted
    assert pre_stop + granted == spec["terminationGracePeriodSeconds"]


def test_the_autoscaler_alone_sets_the_number_of_replicas(helm: str) -> None:
    assert "replicas" not in deployment(helm, SCALED)
    assert deployment(helm, PRODUCTION)["replicas"] == 2
    assert of_kind(template(helm, PRODUCTION), "HorizontalPodAutoscaler") == []


def test_the_autoscaler_looks_at_memory_first(helm: str) -> None:
    spec = one(template(helm, EVERYTHING), "HorizontalPodAutoscaler")["spec"]
    assert [metric["resource"]["name"] for metric in spec["metrics"]] == ["memory", "cpu"]
    assert [metric["resource"]["target"]["averageUtilization"] for metric in spec["metrics"]] == [70, 80]
    assert spec["behavior"] == EVERYTHING["autoscaling"]["behavior"]


def test_the_autoscaler_scales_the_deployment(helm: str) -> None:
    documents = template(helm, SCALED)
    spec = one(documents, "HorizontalPodAutoscaler")["spec"]
    target = one(documents, "Deployment")
    assert spec["scaleTargetRef"] == {
        "apiVersion": target["apiVersion"],
        "kind": target["kind"],
        "name": target["metadata"]["name"],
    }
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 10)
    assert [metric["resource"]["name"] for metric in spec["metrics"]] == ["cpu"]


@pytest.mark.parametrize(("values", "most"), [(PRODUCTION, "2"), (SCALED, "10"), (TRIAL, "1")])
def test_the_service_knows_the_most_replicas(any_helm: str, values: Document, most: str) -> None:
    assert one(template(any_helm, values), "ConfigMap")["data"]["SLIPWAY_REPLICAS"] == most


def test_a_rollout_takes_no_replica_away(helm: str) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert deployment(helm, PRODUCTION)["strategy"] == strategy


def test_a_disruption_takes_one_pod_and_never_waits_for_an_unhealthy_one(helm: str) -> None:
    documents = template(helm, PRODUCTION)
    spec = one(documents, "PodDisruptionBudget")["spec"]
    selector = spec.pop("selector")
    assert spec == {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}
    assert selector == one(documents, "Deployment")["spec"]["selector"]


def test_pods_are_spread_by_host_and_zone_and_each_rollout_for_itself(helm: str) -> None:
    spec = deployment(helm, PRODUCTION)
    rules = spec["template"]["spec"]["topologySpreadConstraints"]
    assert [rule["topologyKey"] for rule in rules] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    for rule in rules:
        assert rule["labelSelector"] == spec["selector"]
        assert rule["matchLabelKeys"] == ["pod-template-hash"]
        assert (rule["whenUnsatisfiable"], rule["maxSkew"]) == ("ScheduleAnyway", 1)


def test_the_spread_can_be_another_or_none(any_helm: str) -> None:
    rule = {"topologyKey": "example.com/rack", "maxSkew": 2, "whenUnsatisfiable": "DoNotSchedule"}
    spec = deployment(any_helm, {**PRODUCTION, "availability": {"topologySpread": [rule]}})
    (found,) = spec["template"]["spec"]["topologySpreadConstraints"]
    assert rule.items() <= found.items()
    assert found["labelSelector"] == spec["selector"]
    none = deployment(any_helm, {**PRODUCTION, "availability": {"topologySpread": []}})
    assert "topologySpreadConstraints" not in none["template"]["spec"]


def test_each_probe_asks_its_own_path_on_the_admin_port(helm: str) -> None:
    (container,) = deployment(helm, PRODUCTION)["template"]["spec"]["containers"]
    asked = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
    assert asked == {
        "startup": {"path": "/health/startup", "port": "admin"},
        "liveness": {"path": "/health/live", "port": "admin"},
        "readiness": {"path": "/health/ready", "port": "admin"},
    }
    assert all(container[f"{kind}Probe"]["timeoutSeconds"] > 1 for kind in asked)


def test_the_admin_port_is_not_in_the_service(helm: str) -> None:
    documents = template(helm, EVERYTHING)
    (port,) = service_of(documents)["spec"]["ports"]
    assert (port["name"], port["targetPort"], port["port"]) == ("http", "http", 80)
    (container,) = one(documents, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert {port["name"]: port["containerPort"] for port in container["ports"]} == {"http": 8000, "admin": 9000}
