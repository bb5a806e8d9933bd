"""The migration as a Job of the release, as a hook, in the pod itself, or not at all."""

import json
from typing import Any

import pytest

from tests.chart.rendering import Document, of_kind, one, template
from tests.chart.scenarios import ALL, EXISTING, EXTENDED, HOOK, MOUNTED, PRODUCTION, TRIAL, merged

HOOKS = "helm.sh/hook"
CHANGES: dict[str, dict[str, Any]] = {
    "image": {"image": {"tag": "2"}},
    "database": {"database": {"url": "postgresql://app@other.example.com/app"}},
    "password": {"database": {"existingSecret": {"name": "other"}}},
    "settings": {"config": {"logLevel": "debug"}},
    "key": {"secrets": {"source": "existing", "existingSecret": "keys"}},
    "limits": {"migrations": {"resources": {"limits": {"memory": "1Gi"}}}},
    "tries": {"migrations": {"backoffLimit": 0}},
    "place": {"nodeSelector": {"kubernetes.io/arch": "arm64"}},
}
IRRELEVANT: dict[str, dict[str, Any]] = {
    "service": {"service": {"port": 8080}},
    "ingress": {"ingress": {"enabled": True}},
    "probes": {"probes": {"liveness": {"periodSeconds": 30}}},
    "pods": {"podLabels": {"example.com/team": "a"}},
    "resources": {"resources": {"limits": {"memory": "1Gi"}}},
}


def job(helm: str, values: Document) -> Document:
    return one(template(helm, values), "Job")


def test_the_default_is_a_plain_job(helm: str) -> None:
    found = job(helm, PRODUCTION)
    assert "annotations" not in found["metadata"]
    spec = found["spec"]["template"]["spec"]
    assert (spec["restartPolicy"], spec["containers"][0]["args"]) == ("Never", ["migrate"])
    assert found["spec"]["ttlSecondsAfterFinished"] == 86400


def test_an_unchanged_release_has_the_same_job(helm: str) -> None:
    assert job(helm, PRODUCTION) == one(template(helm, PRODUCTION, fresh=True), "Job")


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_job_is_another_one(helm: str, change: str) -> None:
    before, after = job(helm, PRODUCTION), job(helm, merged(PRODUCTION, CHANGES[change]))
    assert before["spec"] != after["spec"]
    assert before["metadata"]["name"] != after["metadata"]["name"]


@pytest.mark.parametrize("change", IRRELEVANT)
def test_what_does_not_change_the_job_does_not_rename_it(helm: str, change: str) -> None:
    assert job(helm, PRODUCTION) == job(helm, merged(PRODUCTION, IRRELEVANT[change]))


def test_a_refused_setting_is_not_tried_again_and_a_drained_node_does_not_count(helm: str) -> None:
    spec = job(helm, PRODUCTION)["spec"]
    fail, ignore = spec["podFailurePolicy"]["rules"]
    assert fail["action"] == "FailJob"
    assert fail["onExitCodes"]["values"] == [78]
    assert fail["onExitCodes"]["containerName"] == spec["template"]["spec"]["containers"][0]["name"]
    assert (ignore["action"], ignore["onPodConditions"][0]["type"]) == ("Ignore", "DisruptionTarget")


@pytest.mark.parametrize("values", [PRODUCTION, HOOK], ids=["job", "hook"])
def test_the_job_has_the_settings_of_the_pods(helm: str, values: dict[str, Any]) -> None:
    documents = template(helm, values)
    (container,) = one(documents, "Job")["spec"]["template"]["spec"]["containers"]
    settings = {variable["name"]: variable["value"] for variable in container["env"]}
    assert settings.pop("SLIPWAY_MIGRATE_WAIT_SECONDS") == "60"
    assert settings == one(documents, "ConfigMap")["data"]
    assert "envFrom" not in container


def hooked(documents: list[Document]) -> dict[str, tuple[int, str]]:
    """Of each hook before an install: kind, weight and name."""
    return {
        document["kind"]: (int(annotations["helm.sh/hook-weight"]), document["metadata"]["name"])
        for document in documents
        if (annotations := document["metadata"].get("annotations", {})).get(HOOKS, "test") != "test"
    }


def test_what_the_hook_needs_is_there_before_it(helm: str) -> None:
    documents = template(helm, HOOK)
    found = hooked(documents)
    assert found == {
        "ServiceAccount": (-10, "slipway-migrate"),
        "Secret": (-10, "slipway-migrate"),
        "Job": (0, "slipway-migrate"),
    }
    spec = one(documents, "Job")["spec"]["template"]["spec"]
    assert spec["serviceAccountName"] == "slipway-migrate"
    sources = next(volume for volume in spec["volumes"] if volume["name"] == "secrets")["projected"]["sources"]
    assert {source["secret"]["name"] for source in sources} == {"slipway-migrate", "db-password"}


def test_a_hook_uses_nothing_that_the_release_makes_later(helm: str) -> None:
    documents = template(helm, HOOK)
    later = {
        document["metadata"]["name"]
        for document in documents
        if HOOKS not in document["metadata"].get("annotations", {})
    }
    text = json.dumps(one(documents, "Job")["spec"]["template"]["spec"])
    assert not any(f'"{name}"' in text.replace('"name": "secrets"', "") for name in later)


def test_a_hook_runs_before_an_install_and_an_upgrade_and_its_log_stays(helm: str) -> None:
    for document in template(helm, HOOK):
        annotations = document["metadata"].get("annotations", {})
        if HOOKS in annotations:
            assert annotations[HOOKS] in ("pre-install,pre-upgrade", "test")
            assert annotations["helm.sh/hook-delete-policy"] == "before-hook-creation"


def test_a_hook_with_secrets_of_yours_needs_no_secret_of_its_own(helm: str) -> None:
    documents = template(helm, {**EXISTING, "migrations": {"mode": "hook"}})
    assert hooked(documents).keys() == {"ServiceAccount", "Job"}


def test_without_a_database_the_pod_migrates_its_own_file(helm: str) -> None:
    documents = template(helm, TRIAL)
    assert of_kind(documents, "Job") == []
    spec = one(documents, "Deployment")["spec"]["template"]["spec"]
    (container,) = spec["initContainers"]
    assert container["args"] == ["migrate"]
    url = next(variable["value"] for variable in container["env"] if variable["name"] == "SLIPWAY_DATABASE_URL")
    assert url == one(documents, "ConfigMap")["data"]["SLIPWAY_DATABASE_URL"] == "sqlite:////tmp/slipway.db"


@pytest.mark.parametrize("values", [PRODUCTION, TRIAL], ids=["PostgreSQL", "SQLite"])
def test_off_migrates_nothing(helm: str, values: dict[str, Any]) -> None:
    documents = template(helm, {**values, "migrations": {"mode": "off"}})
    assert of_kind(documents, "Job") == []
    assert "initContainers" not in one(documents, "Deployment")["spec"]["template"]["spec"]


def test_only_a_pod_that_is_told_to_or_has_its_own_file_migrates_at_its_start(any_helm: str) -> None:
    migrating = {
        name
        for name, values in ALL.items()
        if "initContainers" in one(template(any_helm, values), "Deployment")["spec"]["template"]["spec"]
    }
    assert migrating == {"trial", "extended"}


def test_each_pod_can_migrate_before_it_starts(helm: str) -> None:
    documents = template(helm, {**PRODUCTION, "migrations": {"mode": "init"}})
    assert of_kind(documents, "Job") == []
    (container,) = one(documents, "Deployment")["spec"]["template"]["spec"]["initContainers"]
    assert (container["name"], container["args"]) == ("migrate", ["migrate"])
    variables = {variable["name"]: variable["value"] for variable in container["env"]}
    assert one(documents, "ConfigMap")["data"].items() <= variables.items()


def test_argo_cd_has_what_the_migration_needs_then_migrates_and_then_rolls_out(helm: str) -> None:
    def wave(document: Document) -> int:
        return int(document["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0"))

    documents = template(helm, MOUNTED)
    waves = {document["kind"]: wave(document) for document in documents}
    assert waves["Job"] == -1
    assert {kind for kind, number in waves.items() if number < -1} == {"ServiceAccount", "SecretProviderClass"}
    assert waves["Deployment"] == waves["ConfigMap"] == 0
    job_ = one(documents, "Job")
    assert job_["metadata"]["name"] == "slipway-migrate"
    assert job_["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "Sync"
    assert job_["metadata"]["annotations"]["argocd.argoproj.io/hook-delete-policy"] == "BeforeHookCreation"
    assert hooked(documents) == {}


def test_argo_cd_makes_the_job_of_nothing_that_comes_after_it(helm: str) -> None:
    text = json.dumps(one(template(helm, MOUNTED), "Job")["spec"]["template"])
    assert "configMapRef" not in text


def test_the_extensions_reach_the_migration_of_a_hook(helm: str) -> None:
    documents = template(helm, {**EXTENDED, "migrations": {"mode": "hook"}})
    text = json.dumps(one(documents, "Job")["spec"]["template"]["spec"])
    assert "slipway-proxy" in text
    assert "slipway-authorities" in text
