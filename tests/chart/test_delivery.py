"""What leaves the repository: the packed chart, and the manifests of production in one file."""

import tarfile
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.chart import manifests as written
from tests.chart.manifests import manifests
from tests.chart.package import package
from tests.chart.rendering import CHART, RefusedError, parse, template
from tests.chart.scenarios import EXISTING

DIGEST = "sha256:" + "d" * 64


def test_the_chart_is_packed_into_the_same_bytes_each_time(helm: str, tmp_path: Path) -> None:
    once, again = (package(helm, tmp_path / name).read_bytes() for name in ("a", "b"))
    assert once == again


def test_helm_4_and_helm_3_pack_the_same(both_helms: tuple[str, str], tmp_path: Path) -> None:
    four, three = (package(helm, tmp_path / helm).read_bytes() for helm in both_helms)
    assert four == three


def test_a_packed_chart_renders_as_the_folder_does(helm: str, tmp_path: Path) -> None:
    archive = package(helm, tmp_path)
    assert archive.name == "slipway-0.1.0.tgz"
    assert template(helm, EXISTING, chart=archive) == template(helm, EXISTING)


def test_a_packed_chart_holds_what_a_user_needs_and_nothing_else(any_helm: str, tmp_path: Path) -> None:
    with tarfile.open(package(any_helm, tmp_path)) as packed:
        names = {name.removeprefix("slipway/") for name in packed.getnames()}
    assert {"README.md", "values.schema.json", "files/defaults.yaml", "profiles/prod.yaml"} <= names
    assert not any(name.startswith("ci/") for name in names)


def test_the_manifests_of_production_are_one_file_without_a_secret_or_a_test(helm: str) -> None:
    documents = parse(manifests(helm, f"--set=image.digest={DIGEST}"))
    kinds = [document["kind"] for document in documents]
    assert {"Deployment", "Job", "ExternalSecret", "HorizontalPodAutoscaler", "PodDisruptionBudget"} <= set(kinds)
    assert not {"Secret", "Pod"} & set(kinds)
    assert DIGEST in yaml.safe_dump_all(documents)


def test_what_is_contradictory_or_invalid_is_not_written(any_helm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RefusedError, match=r"secrets\.source"):
        manifests(any_helm, "--set=secrets.source=generated")
    with pytest.raises((kubernetes_validate.ValidationError, jsonschema.ValidationError)):
        manifests(any_helm, f"--set=image.digest={DIGEST}", "--set=podSpec.misspelt=1")
    monkeypatch.setattr(written, "KUBERNETES", "1.30")
    with pytest.raises(RefusedError, match=r">=1\.31"):
        manifests(any_helm)


def test_the_chart_says_what_a_hub_shows_of_it() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    told = chart["annotations"]
    (image,) = yaml.safe_load(told["artifacthub.io/images"])
    assert image == {"name": "slipway", "image": f"slipway:{chart['appVersion']}"}
    kinds = {"added", "changed", "deprecated", "removed", "fixed", "security"}
    changes = yaml.safe_load(told["artifacthub.io/changes"])
    assert changes
    assert all(change.keys() == {"kind", "description"} and change["kind"] in kinds for change in changes)
    assert told["artifacthub.io/category"] == "integration-delivery"
