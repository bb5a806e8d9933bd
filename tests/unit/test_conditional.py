import pytest

from service.platform import conditional
from service.platform.errors import StaleError, UnconditionalError

TAG = '"1-2-v2"'


@pytest.mark.parametrize("field", [TAG, f"W/{TAG}", f'"x", {TAG}', "*", f'  W/"a" ,{TAG}'])
def test_a_tag_that_the_client_has_matches(field: str) -> None:
    assert conditional.matches(field, TAG)


@pytest.mark.parametrize("field", [None, "", '"1-1-v2"', "1-2-v2", '"*"', '"a 1-2-v2"'])
def test_another_tag_does_not(field: str | None) -> None:
    assert not conditional.matches(field, TAG)


@pytest.mark.parametrize("field", [TAG, "*", f'"x", {TAG}'])
def test_a_change_of_what_the_client_has_seen_passes(field: str) -> None:
    conditional.check(field, TAG, required=True)


@pytest.mark.parametrize("field", ['"1-1-v2"', f"W/{TAG}", "", "nonsense"])
def test_a_change_of_something_else_is_refused_and_the_tag_is_told(field: str) -> None:
    with pytest.raises(StaleError) as refusal:
        conditional.check(field, TAG)
    assert refusal.value.headers["ETag"] == TAG


def test_a_change_may_have_to_say_what_it_is_of() -> None:
    conditional.check(None, TAG)
    with pytest.raises(UnconditionalError):
        conditional.check(None, TAG, required=True)


def test_not_modified_has_a_tag_and_no_body() -> None:
    answer = conditional.not_modified(TAG, {"Link": "x"})
    assert (answer.status_code, answer.body, answer.headers["etag"], answer.headers["link"]) == (304, b"", TAG, "x")
    assert "content-length" not in answer.headers
