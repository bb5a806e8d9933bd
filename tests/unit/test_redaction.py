import json
import time
from urllib.parse import quote, quote_plus

import pytest

from service.platform.redaction import HIDDEN, Redaction

CANARY = "canary7Q/x+y"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f'127.0.0.1:5 - "WebSocket /ws/rooms/a?token={CANARY}" [accepted]',
        f"GET /x?a=b&access_token={CANARY} HTTP/1.1",
        f"/x?%74oken={CANARY}",
        f"https://example.org?{CANARY}",
        f"Authorization: Bearer {CANARY}",
        f"authorization: bearer {CANARY}",
        f"[(b'authorization', b'Bearer {CANARY}')]",
        f"Basic {CANARY}",
        f"Sec-WebSocket-Protocol: bearer, {CANARY}",
        f"['bearer', '{CANARY}']",
        f"postgresql://user:{CANARY}@host/name",
        f"redis://:{CANARY}@host",
        f"redis://:p@ss{CANARY}@host",
        f"password={CANARY}",
        f'{{"password": "{CANARY} \\"quoted\\" {CANARY}"}}',
        f"{{'signing_token': '{CANARY}'}}",
        f"new_api_key: {CANARY}",
        f"Cookie: {CANARY}",
        f"duplicate key value\nDETAIL:  Key (email)=({CANARY}) already exists.\nLINE 1: SELECT '{CANARY}'\n",
    ],
)
def test_credentials_are_known_by_their_shape(text: str) -> None:
    assert CANARY not in Redaction().text(text)
    assert HIDDEN in Redaction().text(text)


def test_a_json_web_token_is_hidden_wherever_it_stands() -> None:
    assert Redaction().text(f"got {TOKEN}, refused") == f"got {HIDDEN}, refused"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT items.id FROM items WHERE items.id = ? AND items.name LIKE ? LIMIT ? OFFSET ?",
        "INSERT INTO items (name, price) VALUES (?, ?)",
        "Why? Because the token is old.",
        "/api/v1/items/3",
        'File "/opt/slipway/service/app.py", line 3, in create_app',
        "The access token is not valid; ask for a new one.",
    ],
)
def test_what_is_harmless_stays_readable(text: str) -> None:
    assert Redaction().text(text) == text


@pytest.mark.parametrize("secret", ["p@ss/w:rd #1", 'quote"back\\slash', "umläut öß", "plain-canary"])
@pytest.mark.parametrize(
    "spell", [str, quote, quote_plus, lambda text: quote(text, safe=""), json.dumps, repr, lambda text: f"({text})"]
)
def test_the_services_own_secrets_are_known_by_value_in_every_spelling(secret: str, spell: object) -> None:
    redaction = Redaction()
    redaction.hide([secret, "ab", ""])
    assert callable(spell)
    told = redaction.text(f"it was {spell(secret)} again, in a cab")
    assert HIDDEN in told
    for part in (secret, quote(secret), json.dumps(secret)[1:-1]):
        assert part not in told
    assert told.endswith("again, in a cab")  # one too short to hide


def test_what_was_a_secret_stays_hidden_after_it_changed() -> None:
    redaction = Redaction()
    redaction.hide(["first-value"])
    redaction.hide(["second-value"])
    assert redaction.text("first-value second-value") == f"{HIDDEN} {HIDDEN}"


def test_values_are_searched_to_their_ends_and_stay_json() -> None:
    redaction = Redaction()
    redaction.hide(["inner-canary"])
    value = {"a": [1, None, True, {"b": ("x inner-canary", b"inner-canary")}], "password": "pw", 3: {"inner-canary"}}
    told = redaction.value(value)
    assert "canary" not in json.dumps(told)
    assert told == {"a": [1, None, True, {"b": [f"x {HIDDEN}", f"b'{HIDDEN}'"]}], "password": HIDDEN, "3": [HIDDEN]}


@pytest.mark.parametrize("hostile", ["?", "/?", "eyJ-", "://a:", "bearer ", "token", "password=", "'password':'\\"])
def test_no_text_of_a_stranger_takes_long(hostile: str) -> None:
    """A quadratic search would take minutes of the event loop for this one."""
    begin = time.thread_time()
    Redaction().text(hostile * (200_000 // len(hostile)))
    assert time.thread_time() - begin < 2
