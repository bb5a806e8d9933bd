"""No secret is a variable unless somebody chooses that."""

import pytest

from tests.chart.rendering import Document, pods, template
from tests.chart.scenarios import ALL, PRODUCTION


@pytest.mark.parametrize("scenario", ALL)
def test_no_variable_comes_from_a_secret(any_helm: str, scenario: str) -> None:
    for name, pod in pods(template(any_helm, ALL[scenario])):
        for container in containers(pod):
            assert all("secretRef" not in source for source in container.get("envFrom", [])), name
            sources = [variable.get("valueFrom", {}) for variable in container.get("env", [])]
            assert all("secretKeyRef" not in source for source in sources), name


@pytest.mark.parametrize("mode", ["job", "hook", "init"])
def test_a_secret_may_be_a_variable_where_that_is_chosen(helm: str, mode: str) -> None:
    """And only beside the files: the service takes the variable before a file of its name."""
    one_of_it = {"name": "SLIPWAY_DATABASE_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "a"}}}
    whole = {"secretRef": {"name": "more"}}
    plain = {**PRODUCTION, "migrations": {"mode": mode}}
    chosen = with_settings(template(helm, {**plain, "extraEnv": [one_of_it], "extraEnvFrom": [whole]}))
    assert chosen.keys() == {"slipway", "migrate"}
    for name, container in with_settings(template(helm, plain)).items():
        assert one_of_it in chosen[name]["env"]
        assert whole in chosen[name]["envFrom"]
        assert chosen[name]["volumeMounts"] == container["volumeMounts"]


def with_settings(documents: list[Document]) -> dict[str, Document]:
    """The containers of the service and its migration, by their names."""
    found = [pod for name, pod in pods(documents) if not name.startswith("Pod/")]
    return {container["name"]: container for pod in found for container in containers(pod)}


def containers(pod: Document) -> list[Document]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
