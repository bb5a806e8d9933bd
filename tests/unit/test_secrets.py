import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from service.environment import SettingsRefusedError
from service.platform.secrets import Secrets
from service.settings import Settings
from tests.support.clock import Clock

KEY, OTHER = "k" * 32, "o" * 32
CANARY = "canary-of-a-secret"
CHECKED = ("signing_key", "database_password", "redis_password", "admin_token")


def never(_name: str, _value: str) -> str | None:
    return None


def secrets_of(folder: Path, refusal: Callable[[str, str], str | None] = never, clock: Clock | None = None) -> Secrets:
    files = {"key": folder / "key", "password": folder / "password"}
    return Secrets({"key": "first", "password": ""}, files, refusal, clock or Clock())


def publish(volume: Path, **contents: str) -> None:
    """Write as the kubelet does: a new folder, then one link swapped, and each file a link through it."""
    stamp = volume / f"..{len(list(volume.iterdir()))}"
    stamp.mkdir()
    for name, text in contents.items():
        (stamp / name).write_text(text)
        if not (volume / name).is_symlink():
            (volume / name).symlink_to(f"..data/{name}")
    (volume / "..tmp").symlink_to(stamp.name)
    (volume / "..tmp").rename(volume / "..data")


def test_a_swapped_link_is_a_changed_secret(tmp_path: Path) -> None:
    publish(tmp_path, key="first")
    secrets = secrets_of(tmp_path)
    told: list[tuple[str, str]] = []
    secrets.on_change(lambda name, value: told.append((name, value)))
    secrets.refresh()
    assert told == []
    publish(tmp_path, key="second\n")
    secrets.refresh()
    secrets.refresh()
    assert told == [("key", "second")]
    assert secrets["key"] == "second"


def test_a_secret_may_get_its_file_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secrets = secrets_of(tmp_path)
    (tmp_path / "key").write_text("first")
    secrets.refresh()
    assert caplog.records == []  # none was ever there, so none is missed
    (tmp_path / "password").write_text("later")
    secrets.refresh()
    assert secrets["password"] == "later"


@pytest.mark.parametrize(
    "spoil", [Path.unlink, lambda file: file.write_bytes(b"\xff\xfe"), lambda file: file.write_text("bad")]
)
def test_what_cannot_be_used_keeps_the_last_good_value_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], object]
) -> None:
    (tmp_path / "key").write_text("first")
    secrets = secrets_of(tmp_path, lambda _name, value: "is bad" if value == "bad" else None)
    secrets.refresh()
    spoil(tmp_path / "key")
    for _ in range(3):
        secrets.refresh()
    assert secrets["key"] == "first"
    (record,) = caplog.records
    assert (record.levelno, vars(record)["setting"]) == (logging.WARNING, "key")
    (tmp_path / "key").write_text("second")
    secrets.refresh()
    assert secrets["key"] == "second"
    spoil(tmp_path / "key")
    secrets.refresh()
    assert len([each for each in caplog.records if each.levelno == logging.WARNING]) == 2


def test_no_event_tells_a_value(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = secrets_of(tmp_path, lambda _name, value: "is refused" if "refused" in value else None)
    for text in (CANARY, f"{CANARY}-refused", f"{CANARY}-2"):
        (tmp_path / "key").write_text(text)
        secrets.refresh()
    assert len(caplog.records) == 3
    assert not any(CANARY in str(vars(record)) for record in caplog.records)


def test_strangers_make_the_files_be_read_once_a_second(tmp_path: Path) -> None:
    clock = Clock()
    secrets = secrets_of(tmp_path, clock=clock)
    for moment, text, seen in ((0.0, "a", "a"), (0.9, "b", "a"), (1.0, "b", "b")):
        clock.now = moment
        (tmp_path / "key").write_text(text)
        secrets.look()
        assert secrets["key"] == seen


# --- the settings that are secret -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*CHECKED, "previous_signing_key"])
def test_each_secret_may_be_named_by_a_variable_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "any name").write_text(f"{KEY}\n")
    monkeypatch.setenv(f"SLIPWAY_{name.upper()}_FILE", str(tmp_path / "any name"))
    settings = Settings.load()
    assert settings.secrets[name] == KEY
    assert settings.secret_files == {name: tmp_path / "any name"}


def test_only_secrets_may_be_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_HOST_FILE", "/etc/hostname")
    with pytest.raises(SettingsRefusedError, match="SLIPWAY_HOST_FILE"):
        Settings.load()


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    monkeypatch.setenv("SLIPWAY_SIGNING_KEY", OTHER)
    monkeypatch.setenv("SLIPWAY_SIGNING_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(SettingsRefusedError, match="contradicts SLIPWAY_SIGNING_KEY"):
        Settings.load()


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    if content:
        (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv("SLIPWAY_SIGNING_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(SettingsRefusedError) as caught:
        Settings.load()
    assert caught.value.setting == "SLIPWAY_SIGNING_KEY_FILE"


def test_a_variable_is_not_overruled_by_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "signing_key").write_text(OTHER)
    monkeypatch.setenv("SLIPWAY_SECRETS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("SLIPWAY_SIGNING_KEY", KEY)
    settings = Settings.load()
    assert settings.secrets["signing_key"] == KEY
    assert "signing_key" not in settings.secret_files
    assert settings.secret_files["admin_token"] == tmp_path / "admin_token"


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("signing_key", "", True),
        ("database_password", "", True),
        ("redis_password", "", True),
        ("signing_key", "k" * 31, True),
        ("signing_key", KEY, False),
        ("previous_signing_key", "k" * 31, True),
        ("previous_signing_key", "", False),
        ("admin_token", "t" * 15, True),
        ("admin_token", "", False),
    ],
)
def test_a_changed_secret_is_held_to_the_rules_of_the_start(name: str, value: str, refused: bool) -> None:  # noqa: FBT001
    settings = Settings(environment="production", signing_key=OTHER)
    assert (settings.refusal(name, value) is not None) is refused
