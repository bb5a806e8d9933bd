"""Values that an upgrade with --reuse-values, or a null, leaves out."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.rendering import CHART, one, template
from tests.chart.scenarios import PRODUCTION, TRIAL, URL, merged
from tests.chart.test_values import DEFAULTS

RELEASES = sorted(Path(__file__).with_name("releases").glob("*.yaml"))


def without(path: str) -> dict[str, Any]:
    """The values that leave the one at the path out."""
    values: Any = None
    for key in reversed(path.split(".")):
        values = {key: values}
    found: dict[str, Any] = values
    return found


def key_less(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [document for document in documents if document["kind"] != "Secret"]


@pytest.mark.parametrize("section", DEFAULTS)
def test_a_section_that_is_null_is_as_by_default(helm: str, section: str) -> None:
    base = {**TRIAL, "autoscaling": {"enabled": False}}
    beside = {key: value for key, value in base.items() if key != section}
    if section in ("config", "replicaCount"):
        beside |= PRODUCTION
    assert key_less(template(helm, {**beside, section: None})) == key_less(template(helm, beside))


@pytest.mark.parametrize(
    "section",
    [f"{outer}.{inner}" for outer, inside in DEFAULTS.items() if isinstance(inside, dict) for inner in inside],
)
def test_a_part_of_a_section_that_is_null_renders(any_helm: str, section: str) -> None:
    base = {**PRODUCTION, "database": {"url": URL}}
    beside = TRIAL if section == "database.url" else base
    assert one(template(any_helm, merged(beside, without(section))), "Deployment")


@pytest.mark.parametrize("part", ["resources.limits.cpu", "resources.limits", "migrations.resources.limits"])
def test_a_limit_that_is_null_is_no_limit(helm: str, part: str) -> None:
    documents = template(helm, merged(PRODUCTION, without(part)))
    kind = "Job" if part.startswith("migrations") else "Deployment"
    (container,) = one(documents, kind)["spec"]["template"]["spec"]["containers"]
    assert "cpu" not in container["resources"].get("limits", {})
    assert container["resources"]["requests"].keys() == {"cpu", "memory", "ephemeral-storage"}


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
@pytest.mark.parametrize("own", [PRODUCTION, TRIAL], ids=["production", "trial"])
def test_the_values_of_an_earlier_chart_render_as_today_s_do(helm: str, path: Path, own: dict[str, Any]) -> None:
    earlier = yaml.safe_load(path.read_text())
    assert key_less(template(helm, merged(earlier, own))) == key_less(template(helm, own))


def test_the_values_of_each_version_are_kept() -> None:
    """A changed default is written there, too, until the version is another one: python -m tests.chart.releases."""
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["version"]
    assert len(RELEASES) > 1
    assert yaml.safe_load((RELEASES[0].parent / f"{version}.yaml").read_text()) == DEFAULTS


@pytest.mark.parametrize(
    "path", sorted((CHART / "templates").rglob("*.yaml")), ids=lambda path: str(path.relative_to(CHART / "templates"))
)
def test_every_template_fills_in_what_is_missing_first(path: Path) -> None:
    assert path.read_text().startswith('{{- include "slipway.defaults" . -}}\n')
