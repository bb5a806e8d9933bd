"""Values that an upgrade with --reuse-values, or a null, leaves out."""

from pathlib import Path
from typing import Any

import pytest

from tests.chart.rendering import CHART, one, template
from tests.chart.scenarios import PRODUCTION, TRIAL, URL, merged
from tests.chart.test_values import DEFAULTS

# What the values of the chart lacked before it could fetch secrets, scale by KEDA, be watched or take anything extra:
# an upgrade with --reuse-values gives this one the values without them.
NEW = (
    *(
        "gitops",
        "image.requireDigest",
        "httpRoute",
        "certificate",
        "networkPolicy",
        "metrics",
        "verticalAutoscaling",
        "resizePolicy",
        "podResources",
        "enableServiceLinks",
        "commonLabels",
    ),
    *("commonAnnotations", "extraEnv", "extraEnvFrom", "extraVolumes", "extraVolumeMounts", "initContainers"),
    *("sidecars", "podSpec", "extraObjects", "secrets.externalSecret", "secrets.csi", "secrets.reloader"),
    *("secrets.revision", "database.existingSecret.holds", "database.existingSecret.keys", "autoscaling.engine"),
    *("autoscaling.containerOnly", "autoscaling.pods", "autoscaling.external", "autoscaling.preset"),
    *("autoscaling.tolerance", "autoscaling.keda", "service.trafficDistribution", "security.hostUsers"),
)


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


def test_the_values_of_the_chart_before_render_as_they_did(helm: str) -> None:
    values: Any = PRODUCTION
    for path in NEW:
        values = merged(values, without(path))
    assert key_less(template(helm, values)) == key_less(template(helm, PRODUCTION))


@pytest.mark.parametrize(
    "path", sorted((CHART / "templates").rglob("*.yaml")), ids=lambda path: str(path.relative_to(CHART / "templates"))
)
def test_every_template_fills_in_what_is_missing_first(path: Path) -> None:
    assert path.read_text().startswith('{{- include "slipway.defaults" . -}}\n')
