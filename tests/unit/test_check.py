from typing import Any

import pytest

from service import check


def test_an_item_that_comes_back_changed_fails_the_release(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers: dict[str, dict[str, Any]] = {
        "GET": {"id": 7, "price": "2.00", "checks": {}},
        "POST": {"id": 7, "price": "1.00", "access_token": "t"},
    }

    def answer(method: str, _address: str, _body: object = None, **_more: Any) -> dict[str, Any]:
        return answers[method]

    monkeypatch.setattr(check, "_call", answer)
    assert check.check("http://release/") == 1
    assert "http://release/api/v1/items/7 is not what was stored" in capsys.readouterr().err


def test_only_an_http_address_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.check("file:///etc/passwd") == 1
    assert "is no http or https address" in capsys.readouterr().err
