"""What holds for every release: valid objects, and the same ones each time and with each Helm."""

import re
import tomllib
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests.chart.rendering import (
    CHART,
    DEVELOPMENT,
    INSTALLED,
    ROOT,
    Document,
    RefusedError,
    built_in,
    identity,
    of_kind,
    one,
    pods,
    run,
    template,
    templates_of,
)
from tests.chart.scenarios import ALL, EVERYTHING, EXISTING, PRODUCTION

VERSIONS = ("1.31", "1.34", "1.37")


def by_identity(documents: list[Document]) -> dict[tuple[str, str, str], Document]:
    found = {identity(document): document for document in documents}
    assert len(found) == len(documents), "two objects of one name"
    return found


def without_random(documents: list[Document]) -> dict[tuple[str, str, str], Document]:
    """The documents but for the key that a generated Secret holds, and its hash."""
    found = by_identity(documents)
    for secret in of_kind(documents, "Secret"):
        assert secret.pop("data").keys() == {"signing_key"}
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario", ALL)
def test_every_object_is_valid(helm: str, scenario: str, version: str) -> None:
    for document in built_in(template(helm, ALL[scenario], kube=version)):
        kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_development_profile_is_valid(helm: str, version: str) -> None:
    for document in template(helm, files=(DEVELOPMENT,), kube=version):
        kubernetes_validate.validate(document, version, strict=True)


def test_the_scenarios_use_every_template(any_helm: str) -> None:
    used = {name for values in ALL.values() for name in templates_of(any_helm, values)}
    folder = CHART / "templates"
    assert used == {str(path.relative_to(folder)) for path in folder.rglob("*.yaml")}


@pytest.mark.parametrize("path", sorted((CHART / "templates").glob("*.tpl")), ids=lambda path: path.name)
def test_every_helper_says_how_it_is_called_and_belongs_to_the_chart(path: Path) -> None:
    text = path.read_text()
    helpers = re.findall(r'\{\{-? define "(.+?)"', text)
    told = re.findall(r'\{\{/\*((?:(?!\*/).)*)\*/\}\}\n\{\{- define "(.+?)"', text, re.DOTALL)
    assert helpers == [name for _, name in told]
    assert all(f'include "{name}"' in comment for comment, name in told)
    assert all(name.startswith("slipway.") for name in helpers)


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


@pytest.mark.skipif(len(INSTALLED) < 2, reason="only one helm on PATH")
@pytest.mark.parametrize("scenario", ALL)
def test_helm_4_and_helm_3_render_the_same(scenario: str) -> None:
    four, three = (template(helm, ALL[scenario]) for helm in INSTALLED)
    assert without_random(four) == without_random(three)


def test_the_linter_finds_nothing(helm: str) -> None:
    answer = run(helm, "lint", "--strict", str(CHART), f"--values={DEVELOPMENT}")
    assert "0 chart(s) failed" in answer


def test_no_image_but_the_service_s_own_is_used(any_helm: str) -> None:
    images = {
        container["image"] for _, pod in pods(template(any_helm, EVERYTHING)) for container in pod["spec"]["containers"]
    }
    assert images == {"slipway@sha256:" + "0" * 64}
