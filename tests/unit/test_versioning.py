from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.platform.errors import GoneError, InvalidError, NotAcceptableError, NotFoundError, ServiceError
from service.platform.versioning import Version, Versions, Wish

OLD = Version(1, deprecated=date(2026, 12, 1), sunset=date(9999, 12, 1))
VERSIONS = Versions((OLD, Version(2)), default=1)
TOLD = b'</api/v1/openapi.json>; rel="deprecation sunset"'
V2 = "application/vnd.slipway.v2+json"


def chosen(path: str, header: str | None = None, accept: str | None = None) -> tuple[int, str]:
    choice = VERSIONS.choose(path, Wish(header, accept))
    return choice.version.number, choice.path


@pytest.mark.parametrize(
    ("path", "header", "accept", "expected"),
    [
        ("/api/items", None, None, (1, "/api/v1/items")),
        ("/api/items/5", "2", None, (2, "/api/v2/items/5")),
        ("/api/items", "v2", None, (2, "/api/v2/items")),
        ("/api/items", "2.0", None, (2, "/api/v2/items")),
        ("/api/items", None, V2, (2, "/api/v2/items")),
        ("/api/items", None, V2.upper(), (2, "/api/v2/items")),
        ("/api/items", None, "text/html, */*", (1, "/api/v1/items")),
        ("/api/items", None, f"application/vnd.slipway.v1+json;q=0.5, {V2};q=0.8", (2, "/api/v2/items")),
        ("/api/items", None, f"{V2};q=0, application/json", (1, "/api/v1/items")),
        ("/api/items", None, "application/vnd.slipway.v9+json, */*;q=0.1", (1, "/api/v1/items")),
        ("/api/v2/items", "2", V2, (2, "/api/v2/items")),
        ("/api/v2/items", None, "application/json", (2, "/api/v2/items")),
        ("/api/v2", None, None, (2, "/api/v2")),
        ("/api/vitamins", None, None, (1, "/api/v1/vitamins")),
    ],
)
def test_three_ways_lead_to_one_path(
    path: str, header: str | None, accept: str | None, expected: tuple[int, str]
) -> None:
    assert chosen(path, header, accept) == expected


@pytest.mark.parametrize(
    ("path", "header", "accept", "error"),
    [
        ("/api/v3/items", None, None, NotFoundError),
        (f"/api/v{'9' * 5000}/items", None, None, NotFoundError),
        ("/api/items", "3", None, InvalidError),
        ("/api/items", "two", None, InvalidError),
        ("/api/items", "", None, InvalidError),
        ("/api/items", "9" * 5000, None, InvalidError),
        ("/api/items", None, "application/vnd.slipway.v3+json", NotAcceptableError),
        ("/api/items", None, f"{V2};q=0", NotAcceptableError),
        ("/api/items", None, f"{V2};q=much", NotAcceptableError),
        ("/api/items", None, f"{V2};q=nan", NotAcceptableError),
        ("/api/items", None, f"{V2};q=2", NotAcceptableError),
        ("/api/v1/items", "2", None, InvalidError),
        ("/api/v1/items", None, V2, InvalidError),
        ("/api/items", "1", V2, InvalidError),
    ],
)
def test_what_names_no_version_or_two_is_refused(
    path: str, header: str | None, accept: str | None, error: type[ServiceError]
) -> None:
    with pytest.raises(error):
        chosen(path, header, accept)


def test_a_version_that_has_ended_is_gone_and_no_default() -> None:
    ended = Versions((Version(1, date(2020, 1, 1), date(2021, 1, 1)), Version(2)), default=1)
    assert ended.choose("/api/items", Wish()).version.number == 2
    with pytest.raises(GoneError, match="2021-01-01") as refusal:
        ended.choose("/api/v1/items", Wish())
    assert refusal.value.headers["Link"] == '</api/v2>; rel="successor-version"'


def test_an_ending_version_says_so_in_the_words_of_the_standards() -> None:
    signs = dict(VERSIONS.signs(VERSIONS.choose("/api/v1/items/a b", Wish())))
    assert signs[b"deprecation"] == b"@1796083200"  # RFC 9745, 2.1
    assert signs[b"sunset"] == b"Wed, 01 Dec 9999 00:00:00 GMT"  # RFC 8594, 3
    assert signs[b"link"] == b'</api/v2/items/a%20b>; rel="successor-version", ' + TOLD
    assert signs[b"api-version"] == b"1"
    current = dict(VERSIONS.signs(VERSIONS.choose("/api/v2/items", Wish())))
    assert set(current) == {b"api-version", b"vary"}


def test_several_lines_of_accept_are_one_list() -> None:
    assert Wish.of([(b"accept", b"text/html"), (b"accept", V2.encode()), (b"host", b"x")]).accept == f"text/html, {V2}"


@given(st.text(max_size=40), st.none() | st.text(max_size=60), st.none() | st.text(max_size=120))
def test_whatever_is_sent_is_a_version_or_a_refusal(path: str, header: str | None, accept: str | None) -> None:
    try:
        number, full = chosen(f"/api/{path}", header, accept)
    except ServiceError:
        return
    assert number in {1, 2}
    assert full.startswith(f"/api/v{number}")
