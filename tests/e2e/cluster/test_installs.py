"""Fresh installs into a namespace that admits restricted pods alone, by each way in which the schema can come."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cluster.definitions import known
from tests.e2e.cluster.kube import Kube
from tests.e2e.cluster.kubectl import kubectl
from tests.e2e.cluster.trial import SECONDS, Values, database, merged, namespace, trial
from tests.e2e.waiting import wait_until

pytestmark = pytest.mark.timeout(600)
# Every optional part of kinds that any cluster knows.
EVERYTHING: Values = {
    "autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 3},
    "networkPolicy": {
        "enabled": True,
        "gateways": ["traefik"],
        "database": {"peers": [{"namespaceSelector": {}}]},
        "redis": {"peers": [{"namespaceSelector": {}}]},
    },
    "ingress": {"enabled": True, "className": "traefik", "hosts": ["install.example.com"]},
    "metrics": {"rules": {"kind": "ConfigMap"}, "dashboard": {"enabled": True}},
}
# Beside Kubernetes' own, where the cluster is told of them.
CUSTOM: Values = {
    "httpRoute": {"enabled": True, "parentRefs": [{"name": "nobody"}], "hostnames": ["install.example.com"]},
    "metrics": {"monitor": {"mode": "always", "kind": "ServiceMonitor"}, "rules": {"kind": "PrometheusRule"}},
}
KINDS = (
    "httproutes.gateway.networking.k8s.io",
    "servicemonitors.monitoring.coreos.com",
    "prometheusrules.monitoring.coreos.com",
)


@pytest.fixture(scope="module")
def place(kube: Kube) -> Iterator[str]:
    with namespace(kube, "slipway-install") as name:
        yield name


@pytest.mark.parametrize("mode", ["job", "hook", "init"])
def test_an_install_with_every_part_is_complete_and_restricted(
    kube: Kube, kubeconfig: Path, place: str, mode: str
) -> None:
    with database(kube, f"install_{mode}") as url:
        stores = {"database": {"url": url}, "redis": {"url": f"redis://valkey.{kube.namespace}:6379/1"}}
        values = merged(EVERYTHING, {**stores, "migrations": {"mode": mode}})
        # Hooks outlive their release, so each mode is a release of its own name.
        with trial(kube, kubeconfig, f"install-{mode}", place, values) as release:
            assert release.upgrade() == ""
            release.settled()
            assert_jobs(release.kube.migrations, mode)
            tested = release.helm("test", release.kube.release, "--logs", "--timeout=120s")
            assert tested.returncode == 0, tested.stdout + tested.stderr
            assert "ok    told again, through Redis" in tested.stdout
            assert "ok    metrics: " in tested.stdout


def test_helm_waits_for_custom_resources_and_ends(kube: Kube, kubeconfig: Path, place: str) -> None:
    with known(kubeconfig, *KINDS), database(kube, "install_custom") as url:
        values = merged(EVERYTHING, {"database": {"url": url}, "migrations": {"mode": "hook"}})
        with trial(kube, kubeconfig, "custom", place, merged(values, CUSTOM)) as release:
            for _ in range(2):  # an install, and an upgrade that changes nothing
                assert release.upgrade() == ""
            made = kubectl(kubeconfig, f"--namespace={place}", "get", ",".join(KINDS), "--output=name").split()
            assert len(made) == len(KINDS), made
            assert_jobs(release.kube.migrations, "hook")


def assert_jobs(jobs: Callable[[], list[Any]], mode: str) -> None:
    """The Job has migrated and is still there: a hook that is removed when it succeeds takes its log along."""
    if mode == "init":
        assert jobs() == []
    else:
        (job,) = jobs()
        # The pods are ready when the schema is there, which may be before the process that made it has ended.
        wait_until(lambda: jobs()[0].status.succeeded == 1, SECONDS, "the migration is complete")
        assert ("helm.sh/hook" in (job.metadata.annotations or {})) is (mode == "hook")
