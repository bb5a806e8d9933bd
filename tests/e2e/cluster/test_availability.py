"""What keeps the release up while nodes and rollouts come and go."""

from typing import Any

from tests.e2e.cluster.kube import Kube
from tests.e2e.waiting import wait_until

HOSTNAME = "kubernetes.io/hostname"


def schedulable(kube: Kube) -> list[str]:
    """List the nodes that an ordinary pod may go to."""
    closed = {"NoSchedule", "NoExecute"}
    return [
        node.metadata.name
        for node in kube.nodes()
        if not node.spec.unschedulable and not any(taint.effect in closed for taint in node.spec.taints or [])
    ]


def test_pods_are_spread_over_the_nodes(kube: Kube, pods: list[Any]) -> None:
    constraints = kube.deployment().spec.template.spec.topology_spread_constraints or []
    assert HOSTNAME in {constraint.topology_key for constraint in constraints}
    nodes = {pod.spec.node_name for pod in pods}
    assert len(nodes) >= min(2, len(schedulable(kube)), len(pods))


def test_one_pod_may_be_evicted_at_a_time(kube: Kube, pods: list[Any]) -> None:
    wait_until(
        lambda: kube.disruption_budget().status.current_healthy == len(pods),
        60,
        f"the budget counts {len(pods)} healthy pods",
    )
    assert kube.disruption_budget().status.disruptions_allowed == 1
    assert kube.disruption_budget().spec.selector.match_labels == kube.deployment().spec.selector.match_labels


def test_one_replica_set_is_active(kube: Kube, pods: list[Any]) -> None:
    owner = kube.deployment().metadata.uid
    sets = kube.replica_sets()
    own = [each for each in sets if any(reference.uid == owner for reference in each.metadata.owner_references or [])]
    active = [each for each in own if each.spec.replicas or each.status.replicas]
    assert len(active) == 1, [each.metadata.name for each in active]
    assert {reference.uid for pod in pods for reference in pod.metadata.owner_references} == {active[0].metadata.uid}


def test_a_rollout_takes_nothing_away_before_the_new_is_there(kube: Kube, pods: list[Any]) -> None:
    assert kube.deployment().spec.strategy.rolling_update.max_unavailable == 0
    for pod in pods:
        container = next(each for each in pod.spec.containers if each.name == "slipway")
        assert container.readiness_probe.http_get.path == "/health/ready"
        assert container.liveness_probe.http_get.path == "/health/live"


def test_a_pod_has_the_time_that_its_process_was_told(kube: Kube, pods: list[Any]) -> None:
    name = kube.deployment().metadata.name
    (told,) = (each.data for each in kube.config_maps() if each.metadata.name == name)
    for pod in pods:
        container = next(each for each in pod.spec.containers if each.name == "slipway")
        sleep = container.lifecycle.pre_stop.sleep.seconds if container.lifecycle else 0
        grace = int(told["SLIPWAY_TERMINATION_GRACE_SECONDS"])
        assert pod.spec.termination_grace_period_seconds == sleep + grace
        assert int(told["SLIPWAY_DRAIN_SECONDS"]) + int(told["SLIPWAY_GRACEFUL_SECONDS"]) < grace
