"""A node can be drained whatever state the release is in: its budget never waits for a pod that is not well."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes import client

from tests.e2e.cluster.kube import Kube
from tests.e2e.cluster.kubectl import kubectl
from tests.e2e.cluster.trial import SECONDS, Trial, Values, namespace, trial
from tests.e2e.waiting import wait_until

pytestmark = pytest.mark.timeout(600)
ALONE: Values = {"replicaCount": 1, "database": {"existingSecret": {"name": ""}}}  # its database is a file in the pod
# A process that is told a setting it does not know ends at once, and again.
CRASHING: Values = {
    "replicaCount": 2,
    "database": {"url": "postgresql://slipway@postgres:5432/slipway"},
    "migrations": {"mode": "off"},
    "extraEnv": [{"name": "SLIPWAY_NONSENSE", "value": "1"}],
}


@pytest.fixture(scope="module")
def place(kube: Kube) -> Iterator[str]:
    with namespace(kube, "slipway-drain") as name:
        yield name


def drain(made: Trial, node: str, seconds: int) -> str:
    """Drain the node of the release's pods alone, as long as `seconds`; what kubectl complained of, else nothing."""
    selector = f"--pod-selector=app.kubernetes.io/instance={made.kube.release}"
    options = ("--delete-emptydir-data", "--ignore-daemonsets", selector, f"--timeout={seconds}s")
    try:
        kubectl(made.kubeconfig, "drain", node, *options)
    except subprocess.CalledProcessError as error:
        return str(error.stderr)
    finally:
        kubectl(made.kubeconfig, "uncordon", node)
    return ""


def test_a_node_is_drained_of_a_release_of_one_pod(kube: Kube, kubeconfig: Path, place: str) -> None:
    with trial(kube, kubeconfig, "drained", place, ALONE) as made:
        assert made.upgrade() == ""
        made.settled()
        (pod,) = made.kube.pods()
        assert drain(made, pod.spec.node_name, SECONDS) == ""
        made.settled()
        assert made.kube.pods()[0].metadata.uid != pod.metadata.uid


def test_a_node_is_drained_of_pods_that_crash_where_a_stricter_budget_would_not_let_it(
    kube: Kube, kubeconfig: Path, place: str
) -> None:
    with trial(kube, kubeconfig, "drained", place, CRASHING) as made:
        assert made.upgrade(wait=False) == ""
        wait_until(lambda: crashing(made.kube), SECONDS, "both pods crash")
        node = made.kube.pods()[0].spec.node_name
        allow(made, "IfHealthyBudget")
        assert "disruption budget" in drain(made, node, 15)
        allow(made, "AlwaysAllow")  # as the chart says
        assert drain(made, node, SECONDS) == ""


def allow(made: Trial, policy: str) -> None:
    """Let the budget treat pods that are not well as this policy says."""
    name, change = made.kube.disruption_budget().metadata.name, {"spec": {"unhealthyPodEvictionPolicy": policy}}
    client.PolicyV1Api(made.kube.api).patch_namespaced_pod_disruption_budget(name, made.kube.namespace, change)


def crashing(kube: Kube) -> bool:
    """Whether two pods have crashed at least once and none is ready."""
    statuses = [status for pod in kube.pods() for status in pod.status.container_statuses or []]
    return len(statuses) == 2 and all(status.restart_count and not status.ready for status in statuses)
