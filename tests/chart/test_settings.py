"""The chart and the service agree: what is rendered is what `Settings` reads, and nothing is unknown to it."""

import json
from pathlib import Path

import pytest
import yaml

from service.settings import Settings
from tests.chart.rendering import DEVELOPMENT, Document, one, settings_of, template
from tests.chart.scenarios import ALL, EVERYTHING, EXTENDED, PRODUCTION

CONTRACT = {
    "SLIPWAY_ADMIN_PORT",
    "SLIPWAY_ALLOWED_HOSTS",
    "SLIPWAY_CACHE_SECONDS",
    "SLIPWAY_CORS_ORIGINS",
    "SLIPWAY_DATABASE_POOL_SIZE",
    "SLIPWAY_DATABASE_URL",
    "SLIPWAY_DEFAULT_VERSION",
    "SLIPWAY_DRAIN_SECONDS",
    "SLIPWAY_ENVIRONMENT",
    "SLIPWAY_FAULTS",
    "SLIPWAY_FORWARDED_ALLOW_IPS",
    "SLIPWAY_GRACEFUL_SECONDS",
    "SLIPWAY_HOST",
    "SLIPWAY_LOG_FORMAT",
    "SLIPWAY_LOGIN_RATE_LIMIT",
    "SLIPWAY_LOG_LEVEL",
    "SLIPWAY_PUBLIC_PORT",
    "SLIPWAY_RATE_LIMIT",
    "SLIPWAY_REDIS_URL",
    "SLIPWAY_REPLICAS",
    "SLIPWAY_REQUIRE_HTTPS",
    "SLIPWAY_ROOM_HISTORY",
    "SLIPWAY_SECRETS_DIRECTORY",
    "SLIPWAY_SOCKETS_PER_USER",
    "SLIPWAY_SOCKET_QUEUE",
    "SLIPWAY_TERMINATION_GRACE_SECONDS",
    "SLIPWAY_TOKEN_SECONDS",
    "SLIPWAY_V1_SUNSET",
    "SLIPWAY_WORKERS",
}

# What the chart knows better than the service alone: where it runs, and how it ends.
OF_THE_CHART = {
    "admin_token",
    "database_password",
    "database_url",
    "drain_seconds",
    "environment",
    "faults",
    "graceful_seconds",
    "host",
    "previous_signing_key",
    "replicas",
    "secrets_directory",
    "signing_key",
    "termination_grace_seconds",
}


SECRETS = {
    "database_url": "postgresql://app@db.example.com/app",
    "database_host": "db.example.com",
    "database_port": "6432",
}


# Scenarios whose whole address is a secret.
IN_A_SECRET = {"mounted", "aws", "address"}


def secret_files(volume: Document, documents: list[Document]) -> list[str]:
    """The files that the volume of secrets holds."""
    if "csi" in volume:
        objects = yaml.safe_load(one(documents, "SecretProviderClass")["spec"]["parameters"]["objects"])
        parts = [part for item in objects for part in item.get("jmesPath", [])]
        return [item.get("objectAlias", item.get("objectName")) for item in [*objects, *parts]]
    return [item["path"] for source in volume["projected"]["sources"] for item in source["secret"]["items"]]


def start(documents: list[Document], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a pod of the release."""
    pod = one(documents, "Deployment")["spec"]["template"]
    volume = next(volume for volume in pod["spec"]["volumes"] if volume["name"] == "secrets")
    for name in secret_files(volume, documents):
        (folder / name).write_text(SECRETS.get(name, "p@ss:/word, quite a long one for a key"))
    data = settings_of(documents)
    for name, value in {**data, "SLIPWAY_SECRETS_DIRECTORY": str(folder)}.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


@pytest.mark.parametrize("scenario", ALL)
def test_the_service_accepts_the_settings_of_a_release(
    any_helm: str, scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = start(template(any_helm, ALL[scenario]), tmp_path, monkeypatch)
    assert settings.public_port == 8000
    assert settings.admin_port == 9000
    assert settings.drain_seconds == 5


def test_the_service_accepts_the_development_profile(
    any_helm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = start(template(any_helm, files=(DEVELOPMENT,)), tmp_path, monkeypatch)
    assert settings.environment == "development"
    assert settings.database.host == "postgres"
    assert settings.database.password == "p@ss:/word, quite a long one for a key"
    assert settings.redis_url == "redis://valkey:6379/0"
    assert settings.replicas == 4


@pytest.mark.parametrize("seconds", [0, 1, 10, 600])
def test_the_service_accepts_every_drain(
    any_helm: str, seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = template(any_helm, files=(DEVELOPMENT,), sets=(f"availability.drainSeconds={seconds}",))
    settings = start(documents, tmp_path, monkeypatch)
    assert settings.drain_seconds == seconds - seconds // 2


@pytest.mark.parametrize("scenario", ALL)
def test_the_variables_are_those_of_the_contract(any_helm: str, scenario: str) -> None:
    extra = {"SLIPWAY_SOCKET_RATE"} if ALL[scenario] is EVERYTHING else set()
    in_a_secret = {"SLIPWAY_DATABASE_URL"} if scenario in IN_A_SECRET else set()
    data = settings_of(template(any_helm, ALL[scenario]))
    assert data.keys() == (CONTRACT | extra) - in_a_secret


def test_the_service_takes_the_address_from_its_parts(
    any_helm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = start(template(any_helm, EXTENDED), tmp_path, monkeypatch).database
    assert (url.host, url.port) == ("db.example.com", 6432)
    assert url.username == url.password == url.database == "p@ss:/word, quite a long one for a key"


def test_what_is_not_set_is_as_the_service_has_it(
    any_helm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = Settings()
    settings = start(template(any_helm, PRODUCTION), tmp_path, monkeypatch)
    differing = {name for name in Settings.model_fields if getattr(settings, name) != getattr(defaults, name)}
    assert differing == OF_THE_CHART


def test_every_value_reaches_the_service(any_helm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = start(template(any_helm, EVERYTHING), tmp_path, monkeypatch)
    assert settings.require_https
    assert settings.faults
    assert (settings.rate_limit, settings.login_rate_limit, settings.socket_rate) == ("600/minute", "", "5/second")
    assert (settings.token_seconds, settings.cache_seconds) == (600, 0)
    assert (settings.default_version, settings.v1_sunset.isoformat()) == (2, "2028-01-31")
    assert (settings.sockets_per_user, settings.socket_queue, settings.room_history) == (3, 100_000, 1_000_000)


def test_the_service_always_answers_to_its_own_names(any_helm: str) -> None:
    data = settings_of(template(any_helm, EVERYTHING))
    own = ["slipway-cargo", "slipway-cargo.elsewhere", "slipway-cargo.elsewhere.svc"]
    own.append("slipway-cargo.elsewhere.svc.cluster.local")
    assert json.loads(data["SLIPWAY_ALLOWED_HOSTS"]) == ["a.example.com", "*.example.org", *own]
