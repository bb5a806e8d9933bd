"""Names, labels and references between the objects."""

from typing import Any

import pytest

from tests.chart.rendering import Document, identity, of_kind, one, pods, service_of, template
from tests.chart.scenarios import ALL, EVERYTHING, HOOK, PRODUCTION
from tests.chart.test_values import PLACES

LONGEST = "r" * 53
# The longest that the schema lets pass, beside the longest release.
LONG: dict[str, dict[str, Any]] = {
    "release": {},
    "nameOverride": {"nameOverride": "n" * PLACES["nameOverride"]["maxLength"]},
    "fullnameOverride": {"fullnameOverride": "f" * PLACES["fullnameOverride"]["maxLength"]},
}
# A Deployment's selector cannot change: whoever changes these lines breaks every upgrade.
SELECTOR = {
    "app.kubernetes.io/name": "slipway",
    "app.kubernetes.io/instance": "slipway",
    "app.kubernetes.io/component": "api",
}


def test_the_selector_is_frozen(helm: str) -> None:
    documents = template(helm, PRODUCTION)
    assert one(documents, "Deployment")["spec"]["selector"] == {"matchLabels": SELECTOR}
    assert service_of(documents)["spec"]["selector"] == SELECTOR
    assert one(documents, "PodDisruptionBudget")["spec"]["selector"] == {"matchLabels": SELECTOR}


@pytest.mark.parametrize("scenario", ALL)
def test_every_object_carries_the_recommended_labels(any_helm: str, scenario: str) -> None:
    values = ALL[scenario]
    own = {item["kind"] for item in values.get("extraObjects", [])}
    common = {"example.com/team": "slipway-team"} if "commonLabels" in values else {}
    for document in template(any_helm, values):
        if document["kind"] in own and "labels" not in document["metadata"]:
            continue
        labels = document["metadata"]["labels"]
        assert labels.pop("app.kubernetes.io/component") in ("api", "metrics", "migration", "test")
        for chosen in ("grafana_dashboard", "release"):  # by which others find an object, where they are told
            labels.pop(chosen, None)
        assert labels == {
            "app.kubernetes.io/name": values.get("nameOverride", "slipway"),
            "app.kubernetes.io/instance": "slipway",
            "app.kubernetes.io/version": "0.1.0",
            "app.kubernetes.io/part-of": "slipway",
            "app.kubernetes.io/managed-by": "Helm",
            "helm.sh/chart": "slipway-0.1.0",
            **common,
        }, identity(document)


@pytest.mark.parametrize("values", [PRODUCTION, HOOK], ids=["job", "hook"])
def test_the_selector_finds_the_pods_of_the_deployment_alone(helm: str, values: dict[str, Any]) -> None:
    found = [
        name for name, pod in pods(template(helm, values)) if SELECTOR.items() <= pod["metadata"]["labels"].items()
    ]
    assert found == ["Deployment/slipway"]


def test_a_new_chart_version_alone_restarts_nothing(any_helm: str) -> None:
    for name, pod in pods(template(any_helm, PRODUCTION)):
        if not name.startswith("Pod/"):
            assert "helm.sh/chart" not in pod["metadata"]["labels"]


def names(documents: list[Document]) -> list[tuple[str, str]]:
    return [(kind, name) for kind, _, name in map(identity, documents)]


@pytest.mark.parametrize("long", LONG)
@pytest.mark.parametrize("scenario", ALL)
def test_the_longest_name_fits(any_helm: str, scenario: str, long: str) -> None:
    documents = template(any_helm, {**ALL[scenario], **LONG[long]}, release=LONGEST)
    found = names(documents)
    assert len(set(found)) == len(found)
    for kind, name in found:
        assert len(name) <= 63, (kind, name)
    # A pod's host name is its own name: the Deployment's, 10 characters, 5 characters and two dashes.
    assert len(one(documents, "Deployment")["metadata"]["name"]) + 17 <= 63
    for document in documents:
        for label in document["metadata"].get("labels", {}).values():
            assert len(label) <= 63


def test_two_long_releases_do_not_meet(helm: str) -> None:
    first, second = (names(template(helm, PRODUCTION, release=f"{'r' * 52}{end}")) for end in "ab")
    assert not set(first) & set(second)


@pytest.mark.parametrize(
    ("values", "release", "name"),
    [
        ({}, "slipway", "slipway"),
        ({}, "blue", "blue-slipway"),
        ({}, "my-slipway-2", "my-slipway-2"),
        ({"nameOverride": "cargo"}, "blue", "blue-cargo"),
        ({"fullnameOverride": "ship"}, "blue", "ship"),
    ],
)
def test_the_name_is_made_of_the_release_and_the_chart(
    helm: str, values: dict[str, Any], release: str, name: str
) -> None:
    documents = template(helm, {**PRODUCTION, **values}, release=release)
    for kind, found in names(documents):
        assert found.startswith(name), kind
    assert service_of(documents)["metadata"]["name"] == name


@pytest.mark.parametrize(("values", "namespace"), [(PRODUCTION, "slipway"), (EVERYTHING, "elsewhere")])
def test_every_object_names_its_namespace(helm: str, values: dict[str, Any], namespace: str) -> None:
    assert {document["metadata"]["namespace"] for document in template(helm, values)} == {namespace}


@pytest.mark.parametrize("scenario", ALL)
def test_every_account_that_a_pod_names_exists(any_helm: str, scenario: str) -> None:
    documents = template(any_helm, ALL[scenario])
    accounts = {account["metadata"]["name"] for account in of_kind(documents, "ServiceAccount")}
    named = {pod["spec"]["serviceAccountName"] for _, pod in pods(documents)}
    assert named <= accounts if accounts else named == {"default"}
    assert all(account["automountServiceAccountToken"] is False for account in of_kind(documents, "ServiceAccount"))


@pytest.mark.parametrize(("name", "expected"), [("", "default"), ("mine", "mine")])
@pytest.mark.parametrize("mode", ["job", "hook"])
def test_an_account_of_yours_is_used_and_none_is_made(any_helm: str, mode: str, name: str, expected: str) -> None:
    values = {**PRODUCTION, "migrations": {"mode": mode}, "serviceAccount": {"create": False, "name": name}}
    documents = template(any_helm, values)
    assert of_kind(documents, "ServiceAccount") == []
    assert {pod["spec"]["serviceAccountName"] for _, pod in pods(documents)} == {expected}
