from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from service.environment import SettingsRefusedError
from service.settings import DEVELOPMENT_KEY, Settings

KEY = "k" * 32


def load(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"SLIPWAY_{name}", value)
    return Settings.load()


def refusal(monkeypatch: pytest.MonkeyPatch, **values: str) -> SettingsRefusedError:
    with pytest.raises(SettingsRefusedError) as caught:
        load(monkeypatch, **values)
    return caught.value


def test_nothing_set_is_enough_for_development(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    assert settings.environment == "development"
    assert settings.sqlite


def test_an_unknown_setting_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    error = refusal(monkeypatch, DATABSE_URL="sqlite:///x.db")
    assert error.setting == "SLIPWAY_DATABSE_URL"
    assert "SLIPWAY_DATABASE_URL" in error.reason


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLIPWAY_PORT", "tcp://10.96.0.7:80"),
        ("SLIPWAY_SERVICE_HOST", "10.96.0.7"),
        ("SLIPWAY_SERVICE_PORT_HTTP", "80"),
        ("SLIPWAY_PORT_80_TCP_ADDR", "10.96.0.7"),
        ("SLIPWAY_API_PORT", "tcp://10.96.0.7:80"),
        ("SLIPWAY_API_SERVICE_HOST", "10.96.0.7"),
        ("SLIPWAY_NODE_IMAGE", "kindest/node:v1.34.4"),
    ],
)
def test_what_kubernetes_and_the_command_set_is_not_ours(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert Settings.load()


def test_a_mistyped_port_is_not_taken_for_a_service_link(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(monkeypatch, PUBLC_PORT="8001").setting == "SLIPWAY_PUBLC_PORT"


@pytest.mark.parametrize("url", ["nonsense", "http://host:6379/0"])
def test_a_bad_redis_address_is_refused_with_a_pattern(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    error = refusal(monkeypatch, REDIS_URL=url)
    assert error.setting == "SLIPWAY_REDIS_URL"
    assert "redis://HOST:PORT/0" in error.reason


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_spelling_of_postgresql_means_psycopg2(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    settings = load(monkeypatch, DATABASE_URL=f"{scheme}://user@host:5432/name")
    assert settings.database.drivername == "postgresql+psycopg2"


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://host/name", "postgresql:///name", "postgresql+asyncpg://host/name"]
)
def test_a_bad_database_address_is_refused_with_a_pattern(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    error = refusal(monkeypatch, DATABASE_URL=url)
    assert error.setting == "SLIPWAY_DATABASE_URL"
    assert "postgresql://USER@HOST:PORT/NAME" in error.reason


@given(password=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_password_survives_the_address(password: str) -> None:
    settings = Settings(database_url="postgresql://user@host/name", database_password=password)
    assert make_url(settings.database.render_as_string(hide_password=False)).password == password


@pytest.mark.parametrize(
    ("values", "setting"),
    [
        ({}, "SLIPWAY_SIGNING_KEY"),
        ({"SIGNING_KEY": DEVELOPMENT_KEY}, "SLIPWAY_SIGNING_KEY"),
        ({"SIGNING_KEY": "k" * 31}, "SLIPWAY_SIGNING_KEY"),
        ({"SIGNING_KEY": KEY, "ADMIN_TOKEN": "t" * 15}, "SLIPWAY_ADMIN_TOKEN"),
        ({"SIGNING_KEY": KEY, "PREVIOUS_SIGNING_KEY": DEVELOPMENT_KEY}, "SLIPWAY_PREVIOUS_SIGNING_KEY"),
        ({"SIGNING_KEY": KEY, "PREVIOUS_SIGNING_KEY": "k" * 31}, "SLIPWAY_PREVIOUS_SIGNING_KEY"),
        ({"SIGNING_KEY": KEY, "FORWARDED_ALLOW_IPS": "10.0.0.1, *"}, "SLIPWAY_FORWARDED_ALLOW_IPS"),
        ({"SIGNING_KEY": KEY, "WORKERS": "2"}, "SLIPWAY_DATABASE_URL"),
        ({"SIGNING_KEY": KEY, "REPLICAS": "2"}, "SLIPWAY_DATABASE_URL"),
    ],
)
def test_production_refuses_what_only_development_may(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], setting: str
) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"SLIPWAY_{name}", value)
    assert Settings.load()
    assert refusal(monkeypatch, ENVIRONMENT="production").setting == setting


def test_production_runs_with_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, ENVIRONMENT="production", SIGNING_KEY=KEY).production


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_any_origin_with_credentials_is_refused_everywhere(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    values = {"ENVIRONMENT": environment, "SIGNING_KEY": KEY, "CORS_ORIGINS": '["*"]'}
    assert load(monkeypatch, **values)
    assert refusal(monkeypatch, **values, CORS_CREDENTIALS="true").setting == "SLIPWAY_CORS_ORIGINS"


def test_drain_graceful_and_closing_must_fit_into_the_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"DRAIN_SECONDS": "10", "GRACEFUL_SECONDS": "15", "TERMINATION_GRACE_SECONDS": "30"}
    error = refusal(monkeypatch, **values)
    assert error.setting == "SLIPWAY_TERMINATION_GRACE_SECONDS"
    assert "above 30" in error.reason
    assert load(monkeypatch, **{**values, "TERMINATION_GRACE_SECONDS": "31"})


def test_secrets_are_read_from_files_named_as_their_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "signing_key").write_text(KEY)
    (tmp_path / "database_password").write_text("secret")
    settings = load(monkeypatch, SECRETS_DIRECTORY=str(tmp_path))
    assert settings.signing_key.get_secret_value() == KEY
    assert settings.database_password is not None
    assert settings.database_password.get_secret_value() == "secret"


def test_an_address_in_parts_is_put_together_whatever_its_parts_hold(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    parts = {"host": "db", "port": "6432", "user": "a@b", "name": "n/1", "password": "p:/@"}
    for name, text in parts.items():
        (tmp_path / f"database_{name}").write_text(text)
    url = load(monkeypatch, DATABASE_URL="postgresql://", SECRETS_DIRECTORY=str(tmp_path)).database
    assert (url.host, url.port, url.username, url.database, url.password) == ("db", 6432, "a@b", "n/1", "p:/@")
    assert make_url(url.render_as_string(hide_password=False)) == url


def test_a_whole_address_may_be_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "database_url").write_text("postgresql://user:word@host/name")
    settings = load(monkeypatch, SECRETS_DIRECTORY=str(tmp_path))
    assert (settings.database.host, settings.database.password) == ("host", "word")
    assert "word" in settings.hidden


def test_the_previous_key_may_be_a_file_and_empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for text in ("", KEY):
        (tmp_path / "previous_signing_key").write_text(text)
        values = {"SECRETS_DIRECTORY": str(tmp_path), "ENVIRONMENT": "production", "SIGNING_KEY": "s" * 32}
        assert load(monkeypatch, **values).previous_signing_key.get_secret_value() == text


@pytest.mark.parametrize("setting", ["RATE_LIMIT", "LOGIN_RATE_LIMIT"])
@pytest.mark.parametrize("text", ["ten", "10", "10/fortnight", "0/minute", "1/second;5/minute", "-1/minute"])
def test_a_bad_rate_is_refused_with_a_pattern(monkeypatch: pytest.MonkeyPatch, setting: str, text: str) -> None:
    error = refusal(monkeypatch, **{setting: text})
    assert error.setting == f"SLIPWAY_{setting}"
    assert "COUNT/second" in error.reason


def test_a_missing_folder_of_secrets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(monkeypatch, SECRETS_DIRECTORY="/nowhere").setting == "SLIPWAY_SECRETS_DIRECTORY"


def test_no_refusal_repeats_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    error = refusal(monkeypatch, ENVIRONMENT="canary-value", SIGNING_KEY="canary-key")
    assert "canary" not in str(error)
