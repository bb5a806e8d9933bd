"""The chart and the service agree: what is rendered is what `Settings` reads, and nothing is unknown to it."""

import json
from pathlib import Path

import pytest

from service.settings import Settings
from tests.chart.rendering import DEVELOPMENT, Document, one, settings_of, template
from tests.chart.scenarios import ALL, EVERYTHING, PRODUCTION

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


def start(documents: list[Document], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a pod of the release."""
    pod = one(documents, "Deployment")["spec"]["template"]
    volume = next(volume for volume in pod["spec"]["volumes"] if volume["name"] == "secrets")
    for source in volume["projected"]["sources"]:
        for item in source["secret"]["items"]:
            (folder / item["path"]).write_text("p@ss:/word, quite a long one for a key")
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
    assert settings_of(template(any_helm, ALL[scenario])).keys() == CONTRACT | extra


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
