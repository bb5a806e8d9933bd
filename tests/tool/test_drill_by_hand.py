"""What a drill changes past Helm is as before afterwards, and owned by nobody new."""

from typing import Any

import pytest

from scripts.core.kube import Api
from scripts.drills.by_hand import MANAGER, as_in, by_hand
from tests.tool.world.api import FakeApi

PATH = "/api/v1/namespaces/slipway/configmaps/slipway"


def stored(fake_api: FakeApi) -> dict[str, Any]:
    found = fake_api.get(PATH)
    assert found
    return found


@pytest.fixture(autouse=True)
def _object(fake_api: FakeApi) -> None:
    """As Helm made it, and as it is once the drill has changed it: the real API notes who did."""
    managers = [{"manager": "helm"}, {"manager": MANAGER}]
    metadata = {"name": "slipway", "managedFields": managers}
    fake_api.put("/api/v1/configmaps", {"metadata": metadata, "data": {"LEVEL": "info", "OTHER": "1"}}, "slipway")


def test_a_change_lasts_as_long_as_the_block_and_leaves_no_owner(fake_api: FakeApi, api: Api) -> None:
    with by_hand(api, PATH, {"data": {"LEVEL": "warning", "NEW": "1"}}):
        assert stored(fake_api)["data"] == {"LEVEL": "warning", "OTHER": "1", "NEW": "1"}
    assert stored(fake_api)["data"] == {"LEVEL": "info", "OTHER": "1"}
    assert stored(fake_api)["metadata"]["managedFields"] == [{"manager": "helm"}]


def test_it_is_given_back_where_the_drill_fails(fake_api: FakeApi, api: Api) -> None:
    with pytest.raises(RuntimeError), by_hand(api, PATH, {"data": {"LEVEL": "warning"}}):
        raise RuntimeError
    assert stored(fake_api)["data"]["LEVEL"] == "info"


def test_what_was_not_there_is_taken_out_again() -> None:
    assert as_in({"a": {"b": 1}}, {"a": {"b": 2, "c": 3}, "d": {"e": 4}}) == {
        "a": {"b": 1, "c": None},
        "d": {"e": None},
    }
