"""The objects of the cluster that the tests look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.stream import stream


@dataclass(frozen=True)
class Kube:
    """The API of a cluster, and the part of it that belongs to one release.

    What it gives is `Any`: the client's models call every field optional, also those that the API server always fills.
    """

    api: client.ApiClient
    namespace: str
    release: str

    @property
    def core(self) -> client.CoreV1Api:
        return client.CoreV1Api(self.api)

    @property
    def _instance(self) -> str:
        return f"app.kubernetes.io/instance={self.release}"

    def _component(self, name: str) -> str:
        return f"{self._instance},app.kubernetes.io/component={name}"

    def _items(self, found: Any) -> list[Any]:
        return list(found.items)

    def _one(self, found: Any) -> Any:
        names = [item.metadata.name for item in found.items]
        assert len(names) == 1, f"expected one of its kind, found {names}"
        return found.items[0]

    def deployment(self) -> Any:
        apps = client.AppsV1Api(self.api)
        return self._one(apps.list_namespaced_deployment(self.namespace, label_selector=self._component("api")))

    def replica_sets(self) -> list[Any]:
        apps = client.AppsV1Api(self.api)
        return self._items(apps.list_namespaced_replica_set(self.namespace, label_selector=self._component("api")))

    def autoscaler(self) -> Any:
        scaling = client.AutoscalingV2Api(self.api)
        selector = self._component("api")
        return self._one(scaling.list_namespaced_horizontal_pod_autoscaler(self.namespace, label_selector=selector))

    def disruption_budget(self) -> Any:
        policy = client.PolicyV1Api(self.api)
        selector = self._component("api")
        return self._one(policy.list_namespaced_pod_disruption_budget(self.namespace, label_selector=selector))

    def migrations(self) -> list[Any]:
        batch = client.BatchV1Api(self.api)
        return self._items(batch.list_namespaced_job(self.namespace, label_selector=self._component("migration")))

    def pods(self) -> list[Any]:
        """Those that serve, and those of them that are being ended."""
        return self._items(self.core.list_namespaced_pod(self.namespace, label_selector=self._component("api")))

    def every_pod(self) -> list[Any]:
        """Those of the migration and of `helm test` among them."""
        return self._items(self.core.list_namespaced_pod(self.namespace, label_selector=self._instance))

    def network_policies(self) -> list[Any]:
        network = client.NetworkingV1Api(self.api)
        return self._items(network.list_namespaced_network_policy(self.namespace, label_selector=self._instance))

    def create_pod(self, body: Any) -> str:
        """Create a pod, and give the name that the API chose."""
        made: Any = self.core.create_namespaced_pod(self.namespace, body)
        return str(made.metadata.name)

    def phase(self, pod: str) -> str:
        found: Any = self.core.read_namespaced_pod(pod, self.namespace)
        return str(found.status.phase)

    def delete_pod(self, pod: str) -> None:
        """Remove a pod at once."""
        self.core.delete_namespaced_pod(pod, self.namespace, grace_period_seconds=0)

    def config_maps(self) -> list[Any]:
        return self._items(self.core.list_namespaced_config_map(self.namespace))

    def secrets(self) -> list[Any]:
        return self._items(self.core.list_namespaced_secret(self.namespace))

    def nodes(self) -> list[Any]:
        return self._items(self.core.list_node())

    def execute(self, pod: str, *command: str) -> str:
        """Run a program in the only container of the pod, and give what it wrote to stdout."""
        connect = self.core.connect_get_namespaced_pod_exec
        options = {"command": list(command), "stdout": True, "stderr": True, "_preload_content": False}
        found = stream(connect, pod, self.namespace, **options)
        found.run_forever(timeout=30)
        output, errors = found.read_stdout(), found.read_stderr()
        found.sock.shutdown()  # close() leaves the connection open once the far side has closed it
        assert output, errors
        return str(output)

    def sql(self, statement: str) -> str:
        """Run a statement on the PostgreSQL of this namespace, and give what psql says of it."""
        return self.execute(
            "postgres-0", "psql", "--username=slipway", "--dbname=slipway", f"--command={statement}"
        ).strip()

    def settled(self) -> bool:
        """Whether the last rollout is over: every pod is of it, available, and none is being ended."""
        deployment = self.deployment()
        status, replicas = deployment.status, deployment.spec.replicas
        counts = {status.replicas, status.updated_replicas, status.available_replicas, len(self.pods())}
        return bool(status.observed_generation == deployment.metadata.generation and counts == {replicas})


@contextmanager
def connected(kubeconfig: Path, namespace: str, release: str) -> Iterator[Kube]:
    """The cluster of exactly that kubeconfig; the user's own is never read."""
    api = config.new_client_from_config(config_file=str(kubeconfig))  # type: ignore[no-untyped-call]
    yield Kube(api, namespace, release)
    api.rest_client.pool_manager.clear()
    api.close()
