"""Where secrets come from: External Secrets, the CSI driver, Secrets with an address; and what restarts pods."""

import json

import pytest
import yaml

from tests.chart.rendering import Document, files, of_kind, one, settings_of, template
from tests.chart.scenarios import EXISTING, EXTENDED, FETCHED, MOUNTED, PRODUCTION


def test_external_secrets_writes_what_the_pods_mount(helm: str) -> None:
    documents = template(helm, {**FETCHED, "migrations": {"mode": "job"}})
    assert of_kind(documents, "Secret") == []
    spec = one(documents, "ExternalSecret")["spec"]
    assert spec["secretStoreRef"] == {"name": "vault", "kind": "ClusterSecretStore"}
    assert (spec["refreshInterval"], spec["target"]) == ("5m", {"name": "slipway", "creationPolicy": "Owner"})
    written = {entry["secretKey"]: entry["remoteRef"] for entry in spec["data"]}
    assert written == FETCHED["secrets"]["externalSecret"]["data"]
    mounted = files(one(documents, "Deployment")["spec"]["template"])
    assert mounted == {name: ("slipway", name) for name in written}


def test_a_hook_has_an_external_secret_of_its_own_before_it(helm: str) -> None:
    documents = template(helm, FETCHED)
    own = {
        secret["metadata"]["name"]: secret["metadata"].get("annotations", {})
        for secret in of_kind(documents, "ExternalSecret")
    }
    assert own.keys() == {"slipway", "slipway-migrate"}
    assert own["slipway-migrate"]["helm.sh/hook-weight"] == "-10"
    assert "helm.sh/hook" not in own["slipway"]
    for secret in of_kind(documents, "ExternalSecret"):
        assert secret["spec"]["target"]["name"] == secret["metadata"]["name"]
    mounted = files(one(documents, "Job")["spec"]["template"])
    assert {secret for secret, _ in mounted.values()} == {"slipway-migrate"}


def mounted_objects(helm: str, provider: str, objects: Document) -> list[Document]:
    values = {"provider": provider, "parameters": {"roleName": "a", "region": "b"}, "objects": objects}
    documents = template(helm, {**PRODUCTION, "database": {"url": "postgresql://a@b.c/d"}} | csi(values))
    spec = one(documents, "SecretProviderClass")["spec"]
    assert spec["provider"] == provider
    assert {"roleName": "a", "region": "b"}.items() <= spec["parameters"].items()
    found: list[Document] = yaml.safe_load(spec["parameters"]["objects"])
    return found


def csi(values: Document) -> Document:
    return {"secrets": {"source": "csi", "csi": values}}


def test_vault_mounts_each_object_under_the_name_of_its_setting(helm: str) -> None:
    objects = {"signing_key": {"path": "secret/data/a", "key": "k"}, "admin_token": {"path": "secret/data/b"}}
    assert mounted_objects(helm, "vault", objects) == [
        {"objectName": "admin_token", "secretPath": "secret/data/b"},
        {"objectName": "signing_key", "secretPath": "secret/data/a", "secretKey": "k"},
    ]


def test_aws_names_a_secret_once_with_all_that_is_taken_out_of_it(helm: str) -> None:
    objects = {
        "signing_key": {"path": "app", "key": "signing-key"},
        "redis_password": {"path": "app", "key": "redis"},
        "database_password": {"path": "arn:aws:secretsmanager:eu-central-1:1:secret:db"},
    }
    whole, parts = mounted_objects(helm, "aws", objects)
    assert (whole["objectAlias"], parts["objectName"]) == ("database_password", "app")
    assert "jmesPath" not in whole
    taken = {entry["objectAlias"]: entry["path"] for entry in parts["jmesPath"]}
    assert taken == {"signing_key": '"signing-key"', "redis_password": '"redis"'}
    assert parts["objectAlias"] not in objects


def test_the_pods_mount_what_the_csi_driver_gives(helm: str) -> None:
    documents = template(helm, MOUNTED)
    assert of_kind(documents, "Secret") == []
    name = one(documents, "SecretProviderClass")["metadata"]["name"]
    for kind in ("Deployment", "Job"):
        volumes = one(documents, kind)["spec"]["template"]["spec"]["volumes"]
        volume = next(volume for volume in volumes if volume["name"] == "secrets")
        assert volume["csi"] == {
            "driver": "secrets-store.csi.k8s.io",
            "readOnly": True,
            "volumeAttributes": {"secretProviderClass": name},
        }


def test_an_address_in_parts_is_read_from_a_secret_as_cloudnativepg_makes_it(helm: str) -> None:
    documents = template(helm, EXTENDED)
    taken = files(one(documents, "Deployment")["spec"]["template"])
    assert {name: source for name, source in taken.items() if name.startswith("database")} == {
        "database_host": ("cluster-app", "host"),
        "database_port": ("cluster-app", "port"),
        "database_user": ("cluster-app", "username"),
        "database_name": ("cluster-app", "dbname"),
        "database_password": ("cluster-app", "password"),
    }
    assert settings_of(documents)["SLIPWAY_DATABASE_URL"] == "postgresql://"


def test_a_whole_address_is_read_from_a_secret_and_stands_nowhere_else(helm: str) -> None:
    documents = template(helm, {"database": {"existingSecret": {"name": "cluster-app", "holds": "url"}}})
    taken = files(one(documents, "Deployment")["spec"]["template"])
    assert taken["database_url"] == ("cluster-app", "uri")
    assert "database_password" not in taken
    assert "SLIPWAY_DATABASE_URL" not in settings_of(documents)


def test_reloader_watches_the_secrets_that_the_chart_does_not_make(helm: str) -> None:
    def watched(values: Document) -> str | None:
        metadata = one(template(helm, values), "Deployment")["metadata"]
        found: str | None = metadata.get("annotations", {}).get("secret.reloader.stakater.com/reload")
        return found

    existing = {**EXISTING["secrets"], "reloader": True}
    assert watched({**EXISTING, "secrets": existing}) == "keys,db-password"
    assert watched({**PRODUCTION, "secrets": {"reloader": True}}) == "db-password"
    assert watched(FETCHED) == "slipway"
    assert watched(EXISTING) is None


def test_another_revision_restarts_the_pods(helm: str) -> None:
    pods_of = [
        one(template(helm, {**EXISTING, "secrets": {**EXISTING["secrets"], "revision": text}}), "Deployment")["spec"]
        for text in ("", "a", "b")
    ]
    assert len({json.dumps(spec["template"]["metadata"]["annotations"]) for spec in pods_of}) == 3
    assert len({json.dumps(spec["template"]["spec"]) for spec in pods_of}) == 1


@pytest.mark.parametrize(
    ("values", "name", "restarting", "harmless"),
    [
        (MOUNTED, "csi", {"parameters": {"roleName": "another"}}, None),
        (FETCHED, "externalSecret", {"store": "another"}, {"refreshInterval": "9m"}),
    ],
    ids=["csi", "externalSecret"],
)
def test_what_the_chart_says_of_fetched_secrets_restarts_the_pods_when_it_changes(
    helm: str, values: Document, name: str, restarting: Document, harmless: Document | None
) -> None:
    def pod(change: Document | None) -> Document:
        secrets = {**values["secrets"], name: {**values["secrets"][name], **(change or {})}}
        found: Document = one(template(helm, {**values, "secrets": secrets}), "Deployment")["spec"]["template"]
        return found

    assert pod(restarting) != pod(None)
    assert pod(harmless) == pod(None)
    generated = one(template(helm, PRODUCTION), "Deployment")["spec"]["template"]
    assert "checksum/secrets" not in generated["metadata"]["annotations"]
