import copy
from typing import Any

import pytest

from tests.chart.pod_security import violations
from tests.chart.rendering import pods, template
from tests.chart.scenarios import ALL

TMP = "/tmp"
OF_THE_USER = {"first", "beside"}
GOOD: dict[str, Any] = {
    "spec": {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "c",
                "ports": [{"containerPort": 8000}],
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            }
        ],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    }
}
BAD: dict[str, tuple[tuple[str | int, ...], Any]] = {
    "hostNetwork is set": (("spec", "hostNetwork"), True),
    "volume tmp is hostPath": (("spec", "volumes", 0, "hostPath"), {"path": "/"}),
    "the pod runs as root": (("spec", "securityContext", "runAsUser"), 0),
    "sysctls are set": (("spec", "securityContext", "sysctls"), [{"name": "a", "value": "b"}]),
    "c: runAsNonRoot is not true": (("spec", "containers", 0, "securityContext", "runAsNonRoot"), False),
    "c: runs as root": (("spec", "containers", 0, "securityContext", "runAsUser"), 0),
    "c: allowPrivilegeEscalation is not false": (
        ("spec", "containers", 0, "securityContext", "allowPrivilegeEscalation"),
        True,
    ),
    "c: is privileged": (("spec", "containers", 0, "securityContext", "privileged"), True),
    "c: does not drop ALL": (("spec", "containers", 0, "securityContext", "capabilities", "drop"), ["NET_RAW"]),
    "c: adds capabilities": (("spec", "containers", 0, "securityContext", "capabilities", "add"), ["SYS_ADMIN"]),
    "c: has no seccomp profile": (("spec", "securityContext", "seccompProfile"), {"type": "Unconfined"}),
    "c: has a host port": (("spec", "containers", 0, "ports", 0, "hostPort"), 80),
    "c: procMount is not Default": (("spec", "containers", 0, "securityContext", "procMount"), "Unmasked"),
}


def test_the_checker_lets_a_good_pod_pass() -> None:
    assert violations(GOOD) == []


@pytest.mark.parametrize("expected", BAD)
def test_the_checker_names_each_breach(expected: str) -> None:
    path, value = BAD[expected]
    pod = copy.deepcopy(GOOD)
    place: Any = pod
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert expected in violations(pod)


@pytest.mark.parametrize("scenario", ALL)
def test_every_pod_is_restricted(any_helm: str, scenario: str) -> None:
    found = pods(template(any_helm, ALL[scenario]))
    assert found
    assert {name: violations(pod) for name, pod in found if violations(pod)} == {}


@pytest.mark.parametrize("scenario", ALL)
def test_every_pod_goes_beyond_restricted(any_helm: str, scenario: str) -> None:
    for name, pod in pods(template(any_helm, ALL[scenario])):
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        context = spec["securityContext"]
        assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (10001, 10001, 10001), name
        tmp = next(volume for volume in spec["volumes"] if volume["name"] == "tmp")
        assert tmp["emptyDir"]["sizeLimit"] == "64Mi", name
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            if container["name"] in OF_THE_USER:
                continue
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
            assert {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}["tmp"] == TMP, name
            for side in ("requests", "limits"):
                assert container["resources"][side].keys() == {"cpu", "memory", "ephemeral-storage"}, name


@pytest.mark.parametrize("scenario", ALL)
def test_nobody_is_given_a_right(any_helm: str, scenario: str) -> None:
    kinds = {document["kind"] for document in template(any_helm, ALL[scenario])}
    assert kinds & {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"} == set()


def test_no_pod_is_told_of_other_services_unless_asked_for(any_helm: str) -> None:
    told = {name for name, values in ALL.items() for _, pod in pods(template(any_helm, values)) if links(pod)}
    assert told == {"extended"}


def links(pod: dict[str, Any]) -> bool:
    found: bool = pod["spec"]["enableServiceLinks"]
    return found


def test_the_scenarios_hold_every_kind_of_pod(any_helm: str) -> None:
    found = {
        pod["metadata"]["labels"]["app.kubernetes.io/component"]
        for values in ALL.values()
        for _, pod in pods(template(any_helm, values))
    }
    assert found == {"api", "migration", "test"}
