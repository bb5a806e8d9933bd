"""The namespace enforces restricted Pod Security, and the release's pods are as closed as they say."""

import json
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from tests.e2e.cluster.kube import Kube

RESTRICTED_CONTAINER: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
HOST_PATH = {"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}

# Runs in the pod: what the kernel says, not what the manifest says.
INSIDE = """
import json, os
print(json.dumps({
    "uid": os.getuid(),
    "root is read-only": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
    "tmp is writable": os.access("/tmp", os.W_OK),
    "has a token": os.path.exists("/var/run/secrets/kubernetes.io"),
    "new privileges are off": "NoNewPrivs:\\t1" in open("/proc/self/status").read(),
}))
"""


def pod_of(spec: dict[str, Any], security: dict[str, Any]) -> dict[str, Any]:
    container = {"name": "main", "image": "slipway:none", "securityContext": security}
    spec = {"containers": [container], "restartPolicy": "Never", **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "admission-"}, "spec": spec}


def submit(kube: Kube, pod: Any) -> None:
    """Let the API decide on the pod; a dry run stores nothing."""
    kube.core.create_namespaced_pod(kube.namespace, pod, dry_run="All")


@pytest.mark.parametrize(
    ("spec", "security", "violations"),
    [
        ({}, {}, ["allowPrivilegeEscalation != false", "unrestricted capabilities", "runAsNonRoot", "seccompProfile"]),
        ({}, RESTRICTED_CONTAINER | {"runAsNonRoot": False}, ["runAsNonRoot != true"]),
        ({}, RESTRICTED_CONTAINER | {"runAsUser": 0}, ["runAsUser=0"]),
        ({}, {**RESTRICTED_CONTAINER, "privileged": True, "allowPrivilegeEscalation": True}, ["privileged"]),
        ({"hostNetwork": True}, RESTRICTED_CONTAINER, ["host namespaces", "hostNetwork=true"]),
        (HOST_PATH, RESTRICTED_CONTAINER, ["restricted volume types", "hostPath"]),
    ],
    ids=["bare", "may be root", "root", "privileged", "host network", "host path"],
)
def test_a_pod_that_breaks_the_standard_is_refused(
    kube: Kube, spec: dict[str, Any], security: dict[str, Any], violations: list[str]
) -> None:
    with pytest.raises(ApiException) as caught:
        submit(kube, pod_of(spec, security))
    assert caught.value.status == 403
    message = json.loads(caught.value.body or "{}")["message"]
    assert 'violates PodSecurity "restricted' in message
    assert [violation for violation in violations if violation not in message] == [], message


def test_a_pod_that_keeps_the_standard_passes(kube: Kube) -> None:
    submit(kube, pod_of({}, RESTRICTED_CONTAINER))


def test_every_pod_of_the_release_would_be_admitted_again(kube: Kube, pods: list[Any]) -> None:
    """The pods in the place were admitted by the standard as it is now, migration and test pods among them."""
    every = kube.every_pod()
    assert {pod.metadata.name for pod in pods} <= {pod.metadata.name for pod in every}
    for pod in every:
        pod.spec.node_name = None
        submit(kube, client.V1Pod(metadata=client.V1ObjectMeta(generate_name="again-"), spec=pod.spec))


def test_the_processes_are_as_closed_as_the_manifest_says(kube: Kube, pods: list[Any]) -> None:
    for pod in pods:
        output = kube.execute(pod.metadata.name, "python", "-c", INSIDE)
        assert json.loads(output) == {
            "uid": 10001,
            "root is read-only": True,
            "tmp is writable": True,
            "has a token": False,
            "new privileges are off": True,
        }


def test_no_pod_is_given_a_token(pods: list[Any]) -> None:
    for pod in pods:
        assert pod.spec.automount_service_account_token is False
        sources = [source for volume in pod.spec.volumes if volume.projected for source in volume.projected.sources]
        assert not [source for source in sources if source.service_account_token]
