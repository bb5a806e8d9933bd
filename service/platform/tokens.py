"""Access tokens: JSON Web Tokens as RFC 7519 defines them and RFC 8725 restricts them.

One algorithm is pinned, every claim that is relied on is required, and a refusal never says what was wrong: whoever
forges tokens learns nothing from it.
"""

import hashlib
import hmac
import time
import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt
from cachetools import TLRUCache

from service.platform.errors import UnauthorizedError
from service.platform.identity import Identity
from service.platform.keys import Keyring

ALGORITHM = "HS256"
REQUIRED = ["exp", "iat", "sub", "jti", "iss", "aud"]
LEEWAY_SECONDS = 10  # clocks of two pods differ by less
REMEMBERED = 1024  # tokens that proved somebody, so that each is not proven again at every request
INVALID = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class Tokens:
    """Issues and verifies access tokens; a `Verifier`.

    Args:
        keys: one signs, and those before it are still accepted, so that a rotation logs nobody out.
        seconds: how long a token lives.
        name: issuer and audience: the tokens are for the service that made them.
    """

    def __init__(self, keys: Keyring | bytes, *, seconds: int = 900, name: str = "slipway") -> None:
        self._keys = Keyring(keys) if isinstance(keys, bytes) else keys
        self._derived = lru_cache(maxsize=8)(_derive)
        self._named = lru_cache(maxsize=8)(self._name_keys)
        self._proven: TLRUCache[tuple[str, tuple[bytes, ...]], Identity] = TLRUCache(
            REMEMBERED, lambda _key, identity, _now: identity.expires_at + LEEWAY_SECONDS, timer=time.time
        )
        self._name = name
        self.seconds = seconds

    def issue(self, subject: str, name: str) -> str:
        """A new token for the user.

        Args:
            subject: the user's number.
            name: what to show others.
        """
        now = int(time.time())
        times = {"iat": now, "exp": now + self.seconds}
        claims = {"sub": subject, "name": name, "jti": uuid.uuid4().hex, "iss": self._name, "aud": self._name, **times}
        key = self._derived(self._keys.signing)
        return jwt.encode(claims, key, ALGORITHM, {"kid": _kid(key)})

    def verify(self, token: str) -> Identity:
        """The identity that the token proves.

        Raises:
            UnauthorizedError: it proves none.
        """
        asked = token, self._keys.accepted  # what a key proved holds as long as that key is accepted
        identity = self._proven.get(asked)
        if identity is None:
            identity = self._proven[asked] = self._prove(token)
        return identity

    def _prove(self, token: str) -> Identity:
        try:
            claims = self._claims(token)
        except (jwt.InvalidTokenError, KeyError):
            raise UnauthorizedError("The access token is not valid; ask for a new one.", INVALID) from None
        return Identity(claims["sub"], str(claims.get("name", "")), float(claims["exp"]))

    def _claims(self, token: str) -> Mapping[str, Any]:
        return jwt.decode(
            token,
            self._key(jwt.get_unverified_header(token)["kid"]),
            algorithms=[ALGORITHM],
            issuer=self._name,
            audience=self._name,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED},
        )

    def _key(self, kid: str) -> bytes:
        """The key of that name; an unknown one may be new, and known to the others already."""
        if kid not in self._named(self._keys.accepted):
            self._keys.look()
        return self._named(self._keys.accepted)[kid]

    def _name_keys(self, secrets: tuple[bytes, ...]) -> Mapping[str, bytes]:
        return {_kid(key): key for key in map(self._derived, secrets)}


def _derive(key: bytes) -> bytes:
    """The signing key's use for tokens alone, so that no cursor or other signature can ever pass for a token."""
    return hmac.digest(key, b"access token", hashlib.sha256)


def _kid(key: bytes) -> str:
    """A name that follows from the key and does not tell it."""
    return hmac.digest(key, b"kid", hashlib.sha256)[:8].hex()
