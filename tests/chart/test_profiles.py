"""The profiles: what an environment of each kind is told; that of development has tests of its own."""

import pytest

from tests.chart.network import Place, passes, pod_of
from tests.chart.pod_security import violations
from tests.chart.rendering import Document, RefusedError, of_kind, one, pods, template
from tests.chart.schemas import check
from tests.chart.values_table import PROFILES

VERSIONS = ("1.31", "1.34", "1.37")
DIGEST = "sha256:" + "d" * 64


def rendered(helm: str, profile: str, kube: str = "1.34") -> list[Document]:
    return template(helm, {"image": {"digest": DIGEST}}, files=(PROFILES[profile],), kube=kube)


def test_every_profile_is_known_here() -> None:
    (folder,) = {path.parent for path in PROFILES.values()}
    assert set(folder.iterdir()) == set(PROFILES.values())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("profile", PROFILES)
def test_every_object_is_valid(any_helm: str, profile: str, version: str) -> None:
    for document in rendered(any_helm, profile, version):
        check(document, version)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_pod_is_restricted_and_runs_the_image_of_the_release(helm: str, profile: str) -> None:
    for name, pod in pods(rendered(helm, profile)):
        assert violations(pod) == [], name
        assert {container["image"] for container in pod["spec"]["containers"]} == {f"slipway@{DIGEST}"}


@pytest.mark.parametrize("profile", ["staging", "prod"])
def test_what_runs_for_people_is_named_by_its_digest(helm: str, profile: str) -> None:
    with pytest.raises(RefusedError, match=r"image\.digest is empty"):
        template(helm, {"image": {"tag": "1"}}, files=(PROFILES[profile],))


@pytest.mark.parametrize("profile", ["staging", "prod"])
def test_a_pipeline_can_render_it_twice_alike_and_nothing_secret_is_in_it(helm: str, profile: str) -> None:
    once = rendered(helm, profile)
    files, values = (PROFILES[profile],), {"image": {"digest": DIGEST}}
    assert once == template(helm, values, files=files, fresh=True)
    assert of_kind(once, "Secret") == []


def test_staging_differs_from_production_in_size_and_place_alone(any_helm: str) -> None:
    staging, production = (rendered(any_helm, name) for name in ("staging", "prod"))
    kinds = [sorted({document["kind"] for document in documents}) for documents in (staging, production)]
    assert [kind for kind in kinds[1] if kind != "HorizontalPodAutoscaler"] == kinds[0]


def test_production_survives_the_loss_of_a_zone_and_lets_no_fault_in(any_helm: str) -> None:
    documents = rendered(any_helm, "prod")
    assert one(documents, "HorizontalPodAutoscaler")["spec"]["minReplicas"] >= 3
    assert one(documents, "PodDisruptionBudget")
    settings = one(documents, "ConfigMap")["data"]
    assert (settings["SLIPWAY_ENVIRONMENT"], settings["SLIPWAY_FAULTS"]) == ("production", "false")
    assert settings["SLIPWAY_REQUIRE_HTTPS"] == "true"


@pytest.mark.parametrize("profile", ["staging", "prod"])
def test_what_runs_for_people_is_closed_and_watched(any_helm: str, profile: str) -> None:
    documents = rendered(any_helm, profile)
    assert one(documents, "PodMonitor")
    assert one(documents, "PrometheusRule")
    pod, stranger = pod_of(documents, "api"), Place("elsewhere", {})
    assert not passes(documents, stranger, pod, 8000)
    for source, target, port in (
        (Place("traefik", {}), pod, 8000),
        (Place("monitoring", {}), pod, 9000),
        (pod, Place("slipway", {"cnpg.io/cluster": "slipway-database"}), 5432),
        (pod, Place("data", {"app": "valkey"}), 6379),
    ):
        assert passes(documents, source, target, port)
        assert not passes(documents, source, target, port + 1)
