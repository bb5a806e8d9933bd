"""Where the objects of each kind are found in the Kubernetes API."""

from dataclasses import dataclass

from scripts.core.objects import Object, at


@dataclass(frozen=True)
class Resource:
    """One kind: its API prefix, its plural, and whether it lives in a namespace."""

    prefix: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str = "", name: str = "") -> str:
        """The path of the collection, of a namespace's part of it, or of one object."""
        place = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{self.prefix}{place}/{self.plural}" + (f"/{name}" if name else "")


CORE = "/api/v1"
APPS = "/apis/apps/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
NETWORKING = "/apis/networking.k8s.io/v1"

RESOURCES = {
    "ConfigMap": Resource(CORE, "configmaps"),
    "Endpoints": Resource(CORE, "endpoints"),
    "Event": Resource(CORE, "events"),
    "Namespace": Resource(CORE, "namespaces", namespaced=False),
    "Node": Resource(CORE, "nodes", namespaced=False),
    "PersistentVolumeClaim": Resource(CORE, "persistentvolumeclaims"),
    "Pod": Resource(CORE, "pods"),
    "Secret": Resource(CORE, "secrets"),
    "Service": Resource(CORE, "services"),
    "ServiceAccount": Resource(CORE, "serviceaccounts"),
    "DaemonSet": Resource(APPS, "daemonsets"),
    "Deployment": Resource(APPS, "deployments"),
    "ReplicaSet": Resource(APPS, "replicasets"),
    "StatefulSet": Resource(APPS, "statefulsets"),
    "Job": Resource("/apis/batch/v1", "jobs"),
    "HorizontalPodAutoscaler": Resource("/apis/autoscaling/v2", "horizontalpodautoscalers"),
    "PodDisruptionBudget": Resource("/apis/policy/v1", "poddisruptionbudgets"),
    "Ingress": Resource(NETWORKING, "ingresses"),
    "IngressClass": Resource(NETWORKING, "ingressclasses", namespaced=False),
    "NetworkPolicy": Resource(NETWORKING, "networkpolicies"),
    "StorageClass": Resource("/apis/storage.k8s.io/v1", "storageclasses", namespaced=False),
    "PriorityClass": Resource("/apis/scheduling.k8s.io/v1", "priorityclasses", namespaced=False),
    "ClusterRole": Resource(RBAC, "clusterroles", namespaced=False),
    "ClusterRoleBinding": Resource(RBAC, "clusterrolebindings", namespaced=False),
    "Role": Resource(RBAC, "roles"),
    "RoleBinding": Resource(RBAC, "rolebindings"),
    "APIService": Resource("/apis/apiregistration.k8s.io/v1", "apiservices", namespaced=False),
}


def path_of(kind: str, namespace: str = "", name: str = "") -> str:
    """The path of a collection or of one object of `kind`."""
    return RESOURCES[kind].path(namespace, name)


def path_of_manifest(manifest: Object, namespace: str) -> str | None:
    """Where the object of `manifest` is, or None where its kind is not in the table.

    Args:
        manifest: An object as written in a file.
        namespace: Where it goes if it does not say so itself.
    """
    kind = str(at(manifest, "kind", default=""))
    if kind not in RESOURCES:
        return None
    return path_of(
        kind, at(manifest, "metadata", "namespace", default=namespace), at(manifest, "metadata", "name", default="")
    )


def placed(manifest: Object, namespace: str) -> Object:
    """The manifest with `namespace` filled in, where its kind lives in one and it names none."""
    resource = RESOURCES.get(str(at(manifest, "kind", default="")))
    if resource is None or not resource.namespaced or at(manifest, "metadata", "namespace", default=""):
        return manifest
    return {**manifest, "metadata": {**at(manifest, "metadata", default={}), "namespace": namespace}}
