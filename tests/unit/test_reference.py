from pathlib import Path

import pytest

from service.__main__ import main
from service.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_of_the_settings_is_what_the_model_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    printed = capsys.readouterr().out
    assert printed == PAGE.read_text(encoding="utf-8"), "run: python -m service settings > docs/settings.md"


def test_each_setting_has_a_row_with_its_meaning_and_no_secret_shows_a_value() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows] == [f"| `SLIPWAY_{name.upper()}`" for name in Settings.model_fields]
    assert all(len(row) == 4 and len(row[3]) > 15 for row in rows)
    secrets = [row for row in rows if row[2] == "secret"]
    assert len(secrets) == 5
    assert {row[1] for row in secrets} == {""}
