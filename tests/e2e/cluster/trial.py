"""A release of the same chart and image beside the one under test, with a database of its own; gone afterwards."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from tests.e2e.cluster.kube import Kube
from tests.e2e.cluster.kubectl import kubectl
from tests.e2e.waiting import wait_until

ROOT = Path(__file__).parents[3]
CHART = ROOT / "charts" / "slipway"
SECONDS = 240
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
Values = dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """One release, and Helm to change it.

    Attributes:
        kube: Its objects.
        kubeconfig: Of the cluster.
        values: What every version of it is made of.
    """

    kube: Kube
    kubeconfig: Path
    values: Values

    def helm(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Helm on the release's namespace, whatever comes of it."""
        place = ("--namespace", self.kube.namespace, "--kubeconfig", str(self.kubeconfig))
        return subprocess.run(
            ["helm", *words, *place], capture_output=True, text=True, timeout=SECONDS + 30, check=False
        )

    def upgrade(self, changes: Values | None = None, chart: Path = CHART, *, wait: bool = True) -> str:
        """Install or upgrade it, and let Helm wait until it runs; what Helm said where it failed, else nothing."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(json.dumps(merged(self.values, changes or {})))
            file.flush()
            words = ("upgrade", "--install", self.kube.release, str(chart), f"--values={file.name}")
            done = self.helm(*words, *(["--wait"] if wait else []), f"--timeout={SECONDS}s")
        return done.stderr or "failed" if done.returncode else ""

    def revision(self) -> str:
        """The number of the newest revision."""
        told = self.helm("history", self.kube.release, "--max=1", "--output=json")
        return str(json.loads(told.stdout)[-1]["revision"])

    def settled(self) -> None:
        """Wait until every pod is of the newest revision."""
        wait_until(self.kube.settled, SECONDS, f"the release {self.kube.release} is settled")


def merged(values: Values, changes: Values) -> Values:
    """The values with changes, mapping by mapping, as Helm does."""
    both = {
        key: merged(values[key], change) if isinstance(change, dict) and isinstance(values.get(key), dict) else change
        for key, change in changes.items()
    }
    return {**values, **both}


@contextmanager
def namespace(kube: Kube, name: str) -> Iterator[str]:
    """A namespace that admits restricted pods alone, with the password of the database."""
    metadata = client.V1ObjectMeta(name=name, labels=RESTRICTED)
    secret: Any = kube.core.read_namespaced_secret("postgres", kube.namespace)
    kube.core.create_namespace(client.V1Namespace(metadata=metadata))
    try:
        password = client.V1Secret(metadata=client.V1ObjectMeta(name="postgres"), data=secret.data)
        kube.core.create_namespaced_secret(name, password)
        yield name
    finally:
        kube.core.delete_namespace(name)
        wait_until(lambda: _is_gone(kube, name), SECONDS, f"the namespace {name} is gone")


def _is_gone(kube: Kube, name: str) -> bool:
    try:
        kube.core.read_namespace(name)
    except ApiException as error:
        return bool(error.status == 404)
    return False


@contextmanager
def database(kube: Kube, name: str) -> Iterator[str]:
    """A database of its own on the PostgreSQL of the release under test."""
    assert kube.sql(f"CREATE DATABASE {name}") == "CREATE DATABASE"
    try:
        yield f"postgresql://slipway@postgres.{kube.namespace}:5432/{name}"
    finally:
        assert kube.sql(f"DROP DATABASE {name} WITH (FORCE)") == "DROP DATABASE"


@contextmanager
def trial(kube: Kube, kubeconfig: Path, release: str, place: str, changes: Values) -> Iterator[Trial]:
    """A release, not installed yet, in the namespace `place`; uninstalled afterwards."""
    made = Trial(Kube(kube.api, place, release), kubeconfig, merged(_values(kube), changes))
    try:
        yield made
    finally:
        done = made.helm("uninstall", release, "--ignore-not-found", "--wait", f"--timeout={SECONDS}s")
        assert done.returncode == 0, done.stderr
        # Hooks and the generated key outlive their release, on purpose.
        left = "jobs,pods,services,secrets,serviceaccounts,networkpolicies"
        mine = (f"--namespace={place}", f"--selector=app.kubernetes.io/instance={release}")
        kubectl(kubeconfig, "delete", left, *mine, "--ignore-not-found")


def _values(kube: Kube) -> Values:
    (container,) = [each for each in kube.deployment().spec.template.spec.containers if each.name == "slipway"]
    repository, _, tag = container.image.rpartition(":")
    small = {"requests": {"cpu": "40m", "memory": "96Mi"}}
    return {
        "image": {"repository": repository, "tag": tag},
        "config": {"environment": "development"},
        "database": {"existingSecret": {"name": "postgres"}},
        "migrations": {"resources": small},
        "availability": {"drainSeconds": 10, "minReadySeconds": 2},
        "resources": small,
    }
