import pytest

from service.platform.errors import InvalidError, UnauthorizedError
from service.platform.keys import Keyring
from service.platform.pagination import Cursors
from service.platform.tokens import Tokens
from tests.support.clock import Clock

ONE, TWO, THREE = b"1" * 32, b"2" * 32, b"3" * 32


@pytest.fixture
def clock() -> Clock:
    return Clock(1000)


@pytest.fixture
def ring(clock: Clock) -> Keyring:
    return Keyring(ONE, overlap=90, lifetime=900, clock=clock)


def test_a_new_ring_signs_with_what_it_has_at_once(ring: Keyring) -> None:
    assert ring.signing == ONE
    assert list(ring.accepted) == [ONE]


def test_a_new_key_is_accepted_at_once_and_signs_after_the_overlap(ring: Keyring, clock: Clock) -> None:
    ring.rotate(TWO)
    assert ring.signing == ONE
    assert list(ring.accepted) == [TWO, ONE]
    clock.now += 89.9
    assert ring.signing == ONE
    clock.now += 0.1
    assert ring.signing == TWO


def test_the_old_key_ends_when_nothing_that_a_late_process_signed_with_it_is_alive(ring: Keyring, clock: Clock) -> None:
    """One that was told at the end of the overlap signs with the old key for another one."""
    ring.rotate(TWO)
    clock.now += 90 + 90 + 900 - 0.1
    assert list(ring.accepted) == [TWO, ONE]
    clock.now += 0.1
    assert list(ring.accepted) == [TWO]
    assert ring.signing == TWO


def test_a_key_may_be_replaced_before_it_ever_signed(ring: Keyring, clock: Clock) -> None:
    ring.rotate(TWO)
    clock.now += 10
    ring.rotate(THREE)
    assert list(ring.accepted) == [THREE, TWO, ONE]
    clock.now += 85
    assert ring.signing == TWO
    clock.now += 5
    assert ring.signing == THREE


def test_a_key_that_comes_back_signs_at_once(ring: Keyring, clock: Clock) -> None:
    ring.rotate(TWO)
    clock.now += 90
    ring.rotate(ONE)
    assert ring.signing == ONE
    assert list(ring.accepted) == [ONE, TWO]
    clock.now += 2000
    assert list(ring.accepted) == [ONE]


def test_the_previous_key_is_accepted_until_it_is_replaced() -> None:
    ring = Keyring(TWO, ONE)
    assert list(ring.accepted) == [TWO, ONE]
    ring.replace_previous(b"")
    assert list(ring.accepted) == [TWO]


def test_tokens_and_cursors_follow_the_ring(ring: Keyring, clock: Clock) -> None:
    tokens, cursors = Tokens(ring), Cursors(ring, "items")
    token, cursor = tokens.issue("7", "Ann"), cursors.write(["7"])
    ring.rotate(TWO)
    assert tokens.verify(Tokens(TWO).issue("7", "Ann")).subject == "7"
    assert cursors.read(Cursors(TWO, "items").write(["7"])) == ("7",)
    clock.now += 90
    assert tokens.verify(token).subject == "7"
    assert cursors.read(cursor) == ("7",)
    assert Tokens(TWO).verify(tokens.issue("7", "Ann")).subject == "7"
    assert Cursors(TWO, "items").read(cursors.write(["7"])) == ("7",)
    clock.now += 990
    with pytest.raises(UnauthorizedError):
        tokens.verify(token)
    with pytest.raises(InvalidError):
        cursors.read(cursor)


def test_an_unknown_key_is_looked_for_before_the_token_is_refused(ring: Keyring) -> None:
    looks: list[str] = []

    def look() -> None:
        looks.append("looked")
        ring.rotate(TWO)

    ring.look = look
    tokens = Tokens(ring)
    assert tokens.verify(Tokens(TWO).issue("7", "Ann")).subject == "7"
    assert tokens.verify(tokens.issue("7", "Ann")).subject == "7"
    assert looks == ["looked"]
