import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.platform.errors import InvalidError
from service.platform.pagination import Cursors

cursors = Cursors(b"k" * 32, "items")
keys = st.lists(st.text(), min_size=1, max_size=3)


@given(keys, st.text())
def test_a_cursor_reads_as_it_was_written(last: list[str], bound: str) -> None:
    assert cursors.read(cursors.write(last, bound), bound) == tuple(last)


@given(st.text(max_size=80))
def test_nothing_but_our_cursors_is_read(text: str) -> None:
    with pytest.raises(InvalidError):
        cursors.read(text)


@given(keys, st.data())
def test_a_changed_cursor_is_refused(last: list[str], data: st.DataObject) -> None:
    raw = bytearray(base64.urlsafe_b64decode(cursors.write(last) + "=="))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(InvalidError):
        cursors.read(base64.urlsafe_b64encode(raw).decode())


@given(st.text(), st.text())
def test_a_cursor_of_another_order_or_filter_is_refused(one: str, other: str) -> None:
    cursor = cursors.write(["7"], one)
    if one != other:
        with pytest.raises(InvalidError):
            cursors.read(cursor, other)


@pytest.mark.parametrize("other", [Cursors(b"k" * 32, "users"), Cursors(b"x" * 32, "items")])
def test_a_cursor_of_another_list_or_key_is_refused(other: Cursors) -> None:
    with pytest.raises(InvalidError):
        cursors.read(other.write(["7"]))
