import time
from typing import Any

import jwt
import pytest

from service.platform.errors import UnauthorizedError
from service.platform.keys import Keyring
from service.platform.tokens import INVALID, LEEWAY_SECONDS, Tokens, _derive, _kid

KEY, OTHER = b"k" * 32, b"o" * 32
SECRET = _derive(KEY)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(KEY)


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims, changed; None takes one away."""
    now = int(time.time())
    good = {"sub": "7", "name": "Ann", "jti": "j", "iss": "slipway", "aud": "slipway", "iat": now, "exp": now + 60}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(
    changed: dict[str, Any], key: bytes = SECRET, algorithm: str = "HS256", kid: object = None, **header: Any
) -> str:
    return jwt.encode(changed, key, algorithm, {"kid": kid or _kid(SECRET), **header})


def refused(tokens: Tokens, token: str) -> None:
    with pytest.raises(UnauthorizedError) as caught:
        tokens.verify(token)
    assert caught.value.headers == INVALID
    assert str(caught.value) == "The access token is not valid; ask for a new one."


def test_a_token_proves_who_it_was_issued_to(tokens: Tokens) -> None:
    before = time.time()
    identity = tokens.verify(tokens.issue("7", "Ann"))
    assert (identity.subject, identity.name) == ("7", "Ann")
    assert before + 899 <= identity.expires_at <= time.time() + 900


def test_good_claims_signed_by_hand_are_accepted(tokens: Tokens) -> None:
    """So that each refusal below is due to what it changes."""
    assert tokens.verify(signed(claims())).subject == "7"


def test_no_two_tokens_are_alike(tokens: Tokens) -> None:
    assert tokens.issue("7", "Ann") != tokens.issue("7", "Ann")


@pytest.mark.parametrize("missing", ["exp", "iat", "sub", "jti", "iss", "aud"])
def test_each_claim_is_required(tokens: Tokens, missing: str) -> None:
    refused(tokens, signed(claims(**{missing: None})))


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "elsewhere"},
        {"aud": ["elsewhere"]},
        {"iss": "elsewhere"},
        {"sub": 7},
        {"exp": "soon"},
    ],
)
def test_a_foreign_token_is_refused(tokens: Tokens, change: dict[str, Any]) -> None:
    refused(tokens, signed(claims(**change)))


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -60 - LEEWAY_SECONDS), ("iat", 600), ("nbf", 600)])
def test_an_expired_or_future_token_is_refused(tokens: Tokens, claim: str, seconds: int) -> None:
    refused(tokens, signed(claims(**{claim: int(time.time()) + seconds})))


def test_clocks_may_differ_by_the_leeway_and_no_more(tokens: Tokens) -> None:
    now = int(time.time())
    assert LEEWAY_SECONDS <= 30
    assert tokens.verify(signed(claims(exp=now - LEEWAY_SECONDS + 5)))
    refused(tokens, signed(claims(exp=now - LEEWAY_SECONDS - 1)))


def test_no_other_algorithm_is_accepted(tokens: Tokens) -> None:
    long_enough = SECRET * 2  # HS512's key; its first half would be HS256's
    refused(tokens, jwt.encode(claims(), None, "none", {"kid": _kid(SECRET)}))
    for algorithm in ("HS384", "HS512"):
        refused(tokens, signed(claims(), long_enough, algorithm))
        with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
            exact = signed(claims(), SECRET, algorithm)
        refused(tokens, exact)


@pytest.mark.parametrize("key", [OTHER, KEY, b"x" * 32])
def test_another_key_is_refused_even_under_our_kid(tokens: Tokens, key: bytes) -> None:
    """The bare signing key, too: it signs cursors."""
    refused(tokens, signed(claims(), key))


def test_an_unknown_or_missing_kid_is_refused(tokens: Tokens) -> None:
    refused(tokens, signed(claims(), kid="unknown"))
    refused(tokens, signed(claims(), kid="../../dev/null"))
    refused(tokens, jwt.encode(claims(), SECRET, "HS256"))


def test_a_tampered_token_is_refused(tokens: Tokens) -> None:
    head, body, signature = tokens.issue("7", "Ann").split(".")
    other_body = tokens.issue("8", "Ann").split(".")[1]
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    for token in (f"{head}.{other_body}.{signature}", f"{head}.{body}.{flipped}", f"{head}.{body}."):
        refused(tokens, token)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é", "null", "e30.e30.", "\0", "W10.e30.AA"])
def test_what_is_no_token_is_refused(tokens: Tokens, token: str) -> None:
    refused(tokens, token)


def test_a_rotation_logs_nobody_out_and_ends() -> None:
    before, during, after = Tokens(KEY), Tokens(Keyring(OTHER, KEY)), Tokens(OTHER)
    old, new = before.issue("7", "Ann"), during.issue("7", "Ann")
    assert during.verify(old) == before.verify(old)
    assert after.verify(new) == during.verify(new)
    refused(after, old)
    refused(before, new)


def test_a_token_is_proven_once_and_then_known(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.issue("7", "Ann")
    first = tokens.verify(token)
    monkeypatch.setattr(jwt, "decode", None)
    assert tokens.verify(token) == first


def test_what_was_proven_once_ends_with_its_time(tokens: Tokens) -> None:
    end = int(time.time()) + 3
    token = signed(claims(exp=end - LEEWAY_SECONDS))
    tokens.verify(token)
    while time.time() < end:
        time.sleep(0.05)
    refused(tokens, token)


def test_what_was_proven_once_ends_with_its_key() -> None:
    ring = Keyring(KEY, lifetime=1, clock=lambda: moment)
    moment, tokens = 0.0, Tokens(ring)
    token = tokens.issue("7", "Ann")
    tokens.verify(token)
    ring.rotate(OTHER)
    tokens.verify(token)
    moment = 1.0
    refused(tokens, token)


def test_the_kid_follows_from_the_key_and_does_not_tell_it() -> None:
    kids = {jwt.get_unverified_header(Tokens(key).issue("7", "Ann"))["kid"] for key in (KEY, KEY, OTHER)}
    assert len(kids) == 2
    assert not any(KEY.hex().startswith(kid) or SECRET.hex().startswith(kid) for kid in kids)
