import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError

from service.platform import schema


class Starting:
    """A database that answers when it was asked so often."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    def __call__(self, _engine: Engine) -> None:
        if self.refusals:
            self.refusals -= 1
            raise OperationalError("SELECT 1", {}, Exception("starting up\nwith details"))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(schema, "RETRY_SECONDS", 0.01)
    return []


def test_a_database_that_is_starting_is_waited_for_and_spoken_of_once(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    database = Starting(3)
    monkeypatch.setattr(schema, "ping", database)
    schema.wait_for(create_engine("sqlite://"), 20, said.append)
    assert (database.refusals, said) == (0, ["starting up"])


def test_one_that_does_not_answer_in_time_is_an_error(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    monkeypatch.setattr(schema, "ping", Starting(1_000_000))
    with pytest.raises(OperationalError):
        schema.wait_for(create_engine("sqlite://"), 0.05, said.append)
    assert said == ["starting up"]
