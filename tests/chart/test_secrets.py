"""Secrets are files, stand nowhere else, and a generated one is kept for ever."""

import base64
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.chart.api_server import owned_secret, serving
from tests.chart.rendering import (
    CHART,
    DEVELOPMENT,
    Document,
    files,
    of_kind,
    one,
    parse,
    pods,
    run,
    settings_of,
    template,
)
from tests.chart.scenarios import ALL, EVERYTHING, EXISTING, HOOK, PRODUCTION

STORED = base64.b64encode(b"s" * 40).decode()
ROTATED = base64.b64encode(b"r" * 40).decode()


def looked_up(helm: str, *objects: Document) -> list[Document]:
    """The development release, rendered by Helm as it does beside a cluster that holds these objects."""
    with serving(*objects) as address:
        where = ("--dry-run=server", f"--kube-apiserver={address}", "--disable-openapi-validation")
        what = ("--namespace=slipway", "--kube-version=1.34", f"--values={DEVELOPMENT}")
        return parse(run(helm, "template", "slipway", str(CHART), *where, *what))


def test_a_generated_secret_holds_a_long_key_and_nothing_else(helm: str) -> None:
    secret = one(template(helm, PRODUCTION), "Secret")
    assert secret["data"].keys() == {"signing_key"}
    assert len(base64.b64decode(secret["data"]["signing_key"])) == 64
    assert secret["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_a_stored_key_is_kept(helm: str) -> None:
    documents = looked_up(helm, owned_secret({"signing_key": STORED}))
    assert one(documents, "Secret")["data"] == {"signing_key": STORED}


@pytest.mark.parametrize("added", ["previous_signing_key", "admin_token"])
def test_a_stored_key_is_kept_beside_what_was_added_to_it(helm: str, added: str) -> None:
    """Helm leaves in the Secret what it did not write, so the release names the key alone and reads the rest."""
    documents = looked_up(helm, owned_secret({added: ROTATED, "signing_key": STORED}))
    assert one(documents, "Secret")["data"] == {"signing_key": STORED}
    assert files(one(documents, "Deployment")["spec"]["template"])[added] == ("slipway", added)


@pytest.mark.parametrize("data", [None, {}, {"other": STORED}], ids=["no data", "empty data", "another key"])
def test_a_secret_without_the_key_is_given_one(helm: str, data: dict[str, str] | None) -> None:
    secret = one(looked_up(helm, owned_secret(data)), "Secret")
    assert len(base64.b64decode(secret["data"]["signing_key"])) == 64


def test_an_install_and_the_upgrades_after_it_restart_nothing(helm: str) -> None:
    installed = looked_up(helm)
    secret = one(installed, "Secret")
    upgraded = looked_up(helm, owned_secret(secret["data"]))
    assert one(upgraded, "Secret") == secret
    assert one(upgraded, "Deployment") == one(installed, "Deployment")
    assert one(upgraded, "Deployment") == one(template(helm, files=(DEVELOPMENT,)), "Deployment")


def test_a_key_changed_by_hand_is_kept_and_restarts_nothing(helm: str) -> None:
    """The service loads a changed file by itself, so a restart would only cost."""
    before = looked_up(helm, owned_secret({"signing_key": STORED}))
    after = looked_up(helm, owned_secret({"signing_key": ROTATED}))
    assert one(after, "Secret")["data"] == {"signing_key": ROTATED}
    assert one(after, "Deployment") == one(before, "Deployment")


def test_a_secret_of_yours_is_used_and_none_is_made(helm: str) -> None:
    documents = template(helm, EXISTING)
    assert of_kind(documents, "Secret") == []
    deployment = one(documents, "Deployment")["spec"]["template"]
    assert files(deployment) == {
        "signing_key": ("keys", "signing_key"),
        "previous_signing_key": ("keys", "previous_signing_key"),
        "admin_token": ("keys", "admin_token"),
        "database_password": ("db-password", "password"),
    }


@pytest.mark.parametrize("values", [PRODUCTION, EVERYTHING], ids=["generated", "existing"])
def test_only_what_comes_and_goes_may_be_missing(helm: str, values: dict[str, Any]) -> None:
    """Kubernetes then leaves the file out, and puts it there when the Secret is given the key."""
    volumes = one(template(helm, values), "Deployment")["spec"]["template"]["spec"]["volumes"]
    sources = next(volume for volume in volumes if volume["name"] == "secrets")["projected"]["sources"]
    missable = {source["secret"]["items"][0]["path"]: source["secret"].get("optional", False) for source in sources}
    assert {name for name, may in missable.items() if may} == {"previous_signing_key", "admin_token"}


def test_keys_of_your_secrets_become_the_names_of_the_settings(helm: str) -> None:
    expected = {
        "signing_key": ("keys", "key.txt"),
        "previous_signing_key": ("keys", "previous_signing_key"),
        "admin_token": ("keys", "token.txt"),
        "database_password": ("db", "pass"),
        "redis_password": ("redis", "password"),
    }
    documents = template(helm, EVERYTHING)
    found = {name: files(pod) for name, pod in pods(documents) if not name.startswith("Pod/")}
    assert found == {"Deployment/slipway-cargo": expected, "Job/slipway-cargo-migrate": expected}


def test_the_secrets_are_mounted_read_only_where_the_service_looks(helm: str) -> None:
    documents = template(helm, EVERYTHING)
    folder = one(documents, "ConfigMap")["data"]["SLIPWAY_SECRETS_DIRECTORY"]
    mount = {"name": "secrets", "mountPath": folder, "readOnly": True}
    for name, pod in pods(documents):
        mounted = [mount in container["volumeMounts"] for container in pod["spec"]["containers"]]
        assert all(mounted) != name.startswith("Pod/")


@pytest.mark.parametrize("values", [PRODUCTION, HOOK], ids=["job", "hook"])
def test_what_is_generated_stands_in_its_secret_alone(helm: str, values: dict[str, Any]) -> None:
    documents = template(helm, values)
    made = of_kind(documents, "Secret")
    others = json.dumps([document for document in documents if document["kind"] != "Secret"])
    for secret in made:
        key = secret["data"]["signing_key"]
        assert key not in others
        assert base64.b64decode(key).decode() not in others
    assert len({secret["data"]["signing_key"] for secret in made}) == len(made)


def test_the_config_map_names_no_secret(helm: str) -> None:
    for values in ALL.values():
        data = settings_of(template(helm, values))
        assert not any(name.endswith(("PASSWORD", "KEY", "TOKEN")) for name in data)
        assert urlsplit(data.get("SLIPWAY_DATABASE_URL", "")).password is None
        assert urlsplit(data["SLIPWAY_REDIS_URL"]).password is None


def test_a_changed_setting_restarts_the_pods_and_an_unchanged_one_does_not(helm: str) -> None:
    def checksum(values: Document) -> str:
        pod = one(template(helm, values), "Deployment")["spec"]["template"]
        found: str = pod["metadata"]["annotations"]["checksum/config"]
        return found

    assert checksum(PRODUCTION) != checksum({**PRODUCTION, "config": {"logLevel": "debug"}})
    assert checksum(PRODUCTION) == checksum({**PRODUCTION, "service": {"port": 8080}})
