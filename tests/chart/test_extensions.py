"""What the chart has no value for: each way to add it, and that all of it is a template."""

import pytest

from tests.chart.rendering import Document, identity, of_kind, one, pods, service_of, template
from tests.chart.scenarios import ALL, EXTENDED, PRODUCTION


def spec(helm: str) -> Document:
    found: Document = one(template(helm, EXTENDED), "Deployment")["spec"]["template"]["spec"]
    return found


def service(helm: str) -> Document:
    return next(container for container in spec(helm)["containers"] if container["name"] == "slipway")


def containers(helm: str, mode: str) -> list[Document]:
    """The service and the migration."""
    values = {**EXTENDED, "migrations": {"mode": mode}}
    every = [
        container
        for _, pod in pods(template(helm, values))
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
    ]
    return [container for container in every if container["name"] in ("slipway", "migrate")]


@pytest.mark.parametrize("mode", ["init", "job"])
def test_the_service_and_its_migration_have_the_extra_variables_and_volumes(helm: str, mode: str) -> None:
    found = containers(helm, mode)
    assert len(found) == 2
    for container in found:
        variables = {variable["name"]: variable for variable in container["env"]}
        assert variables["HTTPS_PROXY"]["value"] == "http://slipway-proxy"
        assert variables["NODE"]["valueFrom"] == {"fieldRef": {"fieldPath": "spec.nodeName"}}
        assert {"configMapRef": {"name": "slipway-extra"}} in container["envFrom"]
        mounted = {"name": "authorities", "mountPath": "/etc/slipway", "readOnly": True}
        assert mounted in container["volumeMounts"]
    for kind, pod in pods(template(helm, {**EXTENDED, "migrations": {"mode": mode}})):
        volume = {"name": "authorities", "configMap": {"name": "slipway-authorities"}}
        assert (volume in pod["spec"]["volumes"]) != kind.startswith("Pod/")


def test_containers_before_and_beside_the_service_are_as_restricted(helm: str) -> None:
    first = spec(helm)["initContainers"][-1]
    assert (first["name"], first["image"], first["restartPolicy"]) == ("first", "slipway-first", "Always")
    beside = spec(helm)["containers"][-1]
    assert (beside["name"], beside["image"]) == ("beside", "slipway-beside")
    assert first["securityContext"] == beside["securityContext"] == service(helm)["securityContext"]


def test_the_migration_comes_before_the_containers_of_the_user(helm: str) -> None:
    assert [container["name"] for container in spec(helm)["initContainers"]] == ["migrate", "first"]


def test_a_container_s_own_security_context_wins_where_it_says_something(any_helm: str) -> None:
    own = {"readOnlyRootFilesystem": False}
    values = {**PRODUCTION, "sidecars": [{"name": "beside", "image": "a", "securityContext": own}]}
    container = one(template(any_helm, values), "Deployment")["spec"]["template"]["spec"]["containers"][-1]
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": False,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


def test_fields_of_the_pod_go_through(helm: str) -> None:
    assert spec(helm)["runtimeClassName"] == "slipway-sandbox"
    assert spec(helm)["dnsConfig"] == {"options": [{"name": "ndots"}]}
    assert spec(helm)["enableServiceLinks"] is True


def test_objects_of_the_user_s_own_belong_to_the_release(helm: str) -> None:
    found = {config["metadata"]["name"]: config for config in of_kind(template(helm, EXTENDED), "ConfigMap")}
    assert found["slipway-extra"]["data"] == {"A": "b"}


def of_the_chart(documents: list[Document]) -> list[Document]:
    return [document for document in documents if document["metadata"]["name"] != "slipway-extra"]


@pytest.mark.parametrize("scenario", ALL)
def test_every_object_has_the_common_labels_and_annotations(helm: str, scenario: str) -> None:
    common = {key: EXTENDED[key] for key in ("commonLabels", "commonAnnotations")}
    ingress = {"ingress": {"enabled": True, "annotations": {"example.com/owner": "its own"}}}
    for document in of_the_chart(template(helm, {**ALL[scenario], **common, **ingress}, kube="1.34")):
        metadata = document["metadata"]
        assert metadata["labels"]["example.com/team"] == "slipway-team", identity(document)
        owner = "its own" if document["kind"] == "Ingress" else "slipway-owner"
        assert metadata["annotations"]["example.com/owner"] == owner, identity(document)


def test_every_pod_has_the_common_labels_and_no_selector_has(helm: str) -> None:
    documents = template(helm, EXTENDED)
    assert {pod["metadata"]["labels"]["example.com/team"] for _, pod in pods(documents)} == {"slipway-team"}
    plain, labelled = template(helm, PRODUCTION), documents
    for kind in ("Deployment", "PodDisruptionBudget"):
        assert one(plain, kind)["spec"]["selector"] == one(labelled, kind)["spec"]["selector"]
    assert service_of(plain)["spec"]["selector"] == service_of(labelled)["spec"]["selector"]
