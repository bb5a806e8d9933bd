"""The autoscaler is at work: it exists, may scale, and reads the pods' CPU."""

from typing import Any

import pytest

from tests.e2e.cluster.kube import Kube
from tests.e2e.waiting import wait_until

FIRST_METRICS = 180


def conditions(kube: Kube) -> dict[str, tuple[str, str]]:
    return {each.type: (each.status, each.message) for each in kube.autoscaler().status.conditions or []}


def cpu(kube: Kube) -> Any:
    """Read the CPU use in percent of what is requested; None while there is none."""
    for metric in kube.autoscaler().status.current_metrics or []:
        if metric.type == "Resource" and metric.resource.name == "cpu":
            return metric.resource.current.average_utilization
    return None


@pytest.mark.timeout(FIRST_METRICS * 2 + 60)
def test_the_autoscaler_reads_cpu(kube: Kube) -> None:
    def active() -> bool:
        return conditions(kube).get("ScalingActive", ("", ""))[0] == "True"

    wait_until(active, FIRST_METRICS, "the autoscaler is active")
    wait_until(lambda: cpu(kube) is not None, FIRST_METRICS, "the autoscaler reads CPU")
    assert conditions(kube)["AbleToScale"][0] == "True"


def test_the_autoscaler_alone_sets_the_number_of_replicas(kube: Kube, pods: list[Any]) -> None:
    scaler, deployment = kube.autoscaler(), kube.deployment()
    assert scaler.spec.scale_target_ref.name == deployment.metadata.name
    assert scaler.spec.min_replicas >= 2
    assert scaler.spec.min_replicas <= len(pods) <= scaler.spec.max_replicas
