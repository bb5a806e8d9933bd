"""Needs the address and the kubeconfig of the cluster, and helm on the PATH."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cluster.kube import Kube, connected
from tests.e2e.ending import end
from tests.e2e.waiting import wait_until

SETTLING = 180


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave each test time for a rollout that is still under way when it begins."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(SETTLING + 60))


@pytest.fixture(scope="session")
def kubeconfig(request: pytest.FixtureRequest) -> Path:
    named = request.config.getoption("--kubeconfig")
    path = Path(named) if named else request.config.rootpath / ".slipway" / "slipway" / "kubeconfig"
    if not path.is_file():
        end(f"There is no kubeconfig at {path}: raise the cluster with `slipway up`, or name one with --kubeconfig.")
    return path


@pytest.fixture(scope="session")
def kube(request: pytest.FixtureRequest, kubeconfig: Path) -> Iterator[Kube]:
    namespace, release = (str(request.config.getoption(name)) for name in ("--namespace", "--release"))
    with connected(kubeconfig, namespace, release) as found:
        yield found


@pytest.fixture
def pods(kube: Kube) -> list[Any]:
    """The pods that serve, once no rollout is under way."""
    wait_until(kube.settled, SETTLING, f"the Deployment of release {kube.release} is settled")
    return kube.pods()
