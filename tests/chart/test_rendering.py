"""What holds for every release: valid objects, and the same ones each time and with each Helm."""

import copy
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.chart.rendering import (
    CHART,
    DEVELOPMENT,
    ROOT,
    Document,
    RefusedError,
    by_identity,
    of_kind,
    one,
    pods,
    run,
    template,
    templates_of,
)
from tests.chart.scenarios import ALL, EVERYTHING, EXISTING, FETCHED, LATER, PRODUCTION
from tests.chart.schemas import CUSTOM, is_custom, kind_of, validate

LONGEST_LINES = 150
VERSIONS = tuple(f"1.{minor}" for minor in range(31, 38))


def fits(scenario: str, version: str) -> bool:
    """Whether that version has what the scenario needs."""
    return version >= LATER.get(scenario, VERSIONS[0])


def without_random(documents: list[Document]) -> dict[tuple[str, str, str], Document]:
    """The documents but for the key that a generated Secret holds, and its hash."""
    found = by_identity(documents)
    for secret in of_kind(documents, "Secret"):
        assert secret.pop("data").keys() == {"signing_key"}
    return found


@pytest.mark.parametrize(
    ("scenario", "version"), [(name, since) for name in ALL for since in VERSIONS if fits(name, since)]
)
def test_every_object_is_valid(any_helm: str, scenario: str, version: str) -> None:
    for document in template(any_helm, ALL[scenario], kube=version):
        if not is_custom(document):
            validate(document, version)


@pytest.mark.parametrize("kind", sorted(CUSTOM), ids=lambda kind: kind[1])
def test_every_custom_resource_is_as_its_definition_says(
    helm: str, hold: Callable[[Document], None], kind: tuple[str, str]
) -> None:
    found = [document for values in ALL.values() for document in template(helm, values) if kind_of(document) == kind]
    assert found
    for document in found:
        hold(document)


def test_a_custom_resource_with_an_unknown_field_is_noticed(any_helm: str, hold: Callable[[Document], None]) -> None:
    secret = copy.deepcopy(of_kind(template(any_helm, FETCHED), "ExternalSecret")[0])
    secret["spec"]["data"][0]["remoteRef"]["misspelt"] = "a"
    with pytest.raises(jsonschema.ValidationError, match="misspelt"):
        hold(secret)


def test_the_scenarios_use_every_template(any_helm: str) -> None:
    used = {name for values in ALL.values() for name in templates_of(any_helm, values)}
    folder = CHART / "templates"
    assert used == {str(path.relative_to(folder)) for path in folder.rglob("*.yaml")}


@pytest.mark.parametrize("path", sorted((CHART / "templates").rglob("*.tpl")), ids=lambda path: path.name)
def test_every_helper_says_how_it_is_called_and_belongs_to_the_chart(path: Path) -> None:
    text = path.read_text()
    helpers = re.findall(r'\{\{-? define "(.+?)"', text)
    told = re.findall(r'\{\{/\*((?:(?!\*/).)*)\*/\}\}\n\{\{- define "(.+?)"', text, re.DOTALL)
    assert helpers == [name for _, name in told]
    assert all(f'include "{name}"' in comment for comment, name in told)
    assert all(name.startswith("slipway.") for name in helpers)


@pytest.mark.parametrize("path", sorted((CHART / "templates").rglob("*.*")), ids=lambda path: path.name)
def test_no_template_is_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_LINES


def test_the_chart_stands_alone() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert "dependencies" not in chart, "a library chart would hide what is rendered"
    assert not (CHART / "charts").exists()


def test_the_chart_is_released_with_the_service() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (chart["name"], chart["version"]) == (project["name"], project["version"])
    assert chart["appVersion"] == project["version"]


@pytest.mark.parametrize("kube", ["1.30", "1.31"])
def test_kubernetes_is_1_31_or_later(helm: str, kube: str) -> None:
    if kube == "1.31":
        assert template(helm, PRODUCTION, kube=kube)
    else:
        with pytest.raises(RefusedError, match=r">=1\.31\.0"):
            template(helm, PRODUCTION, kube=kube)


@pytest.mark.parametrize("scenario", ALL)
def test_two_renders_are_the_same(helm: str, scenario: str) -> None:
    once, again = template(helm, ALL[scenario]), template(helm, ALL[scenario], fresh=True)
    assert without_random(once) == without_random(again)


def test_only_a_generated_key_is_random(helm: str) -> None:
    assert template(helm, EXISTING) == template(helm, EXISTING, fresh=True)
    once, again = (one(template(helm, PRODUCTION, fresh=True), "Secret")["data"] for _ in range(2))
    assert once != again


@pytest.mark.parametrize(
    ("scenario", "version"), [(name, since) for name in ALL for since in VERSIONS if fits(name, since)]
)
def test_helm_4_and_helm_3_render_the_same(both_helms: tuple[str, str], scenario: str, version: str) -> None:
    four, three = (template(helm, ALL[scenario], kube=version) for helm in both_helms)
    assert without_random(four) == without_random(three)


def test_the_linter_finds_nothing(helm: str) -> None:
    answer = run(helm, "lint", "--strict", str(CHART), f"--values={DEVELOPMENT}")
    assert "0 chart(s) failed" in answer


def test_no_image_but_the_service_s_own_is_used(any_helm: str) -> None:
    images = {
        container["image"] for _, pod in pods(template(any_helm, EVERYTHING)) for container in pod["spec"]["containers"]
    }
    assert images == {"slipway@sha256:" + "0" * 64}
