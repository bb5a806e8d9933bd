"""The chart and the service agree: what is rendered is what `Settings` reads, and nothing is unknown to it."""

from pathlib import Path

import pytest

from service.settings import Settings
from tests.chart.rendering import DEVELOPMENT, Document, one, template
from tests.chart.scenarios import ALL

CONTRACT = {
    "SLIPWAY_ADMIN_PORT",
    "SLIPWAY_CORS_ORIGINS",
    "SLIPWAY_DATABASE_POOL_SIZE",
    "SLIPWAY_DATABASE_URL",
    "SLIPWAY_DRAIN_SECONDS",
    "SLIPWAY_ENVIRONMENT",
    "SLIPWAY_FORWARDED_ALLOW_IPS",
    "SLIPWAY_GRACEFUL_SECONDS",
    "SLIPWAY_HOST",
    "SLIPWAY_LOG_FORMAT",
    "SLIPWAY_LOG_LEVEL",
    "SLIPWAY_PUBLIC_PORT",
    "SLIPWAY_REDIS_URL",
    "SLIPWAY_REPLICAS",
    "SLIPWAY_SECRETS_DIRECTORY",
    "SLIPWAY_TERMINATION_GRACE_SECONDS",
    "SLIPWAY_WORKERS",
}


def start(documents: list[Document], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a pod of the release."""
    pod = one(documents, "Deployment")["spec"]["template"]
    volume = next(volume for volume in pod["spec"]["volumes"] if volume["name"] == "secrets")
    for source in volume["projected"]["sources"]:
        for item in source["secret"]["items"]:
            (folder / item["path"]).write_text("p@ss:/word, quite a long one for a key")
    data = one(documents, "ConfigMap")["data"]
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
    assert one(template(any_helm, ALL[scenario]), "ConfigMap")["data"].keys() == CONTRACT
