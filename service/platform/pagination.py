"""Cursors of keyset pages: a page begins behind the last key seen, so its cost does not grow with its depth.

A cursor is opaque, signed, and bound to its list: nobody can read a meaning into it, make one up, or use it elsewhere.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence

from service.platform.errors import InvalidError
from service.platform.keys import Keyring

MAC_BYTES = 16


class Cursors:
    """Writes and reads the cursors of one kind of list.

    Args:
        keys: one signs; those before it are still accepted.
        kind: name of the list; a cursor of another list is refused.
    """

    def __init__(self, keys: Keyring | bytes, kind: str) -> None:
        self._keys = Keyring(keys) if isinstance(keys, bytes) else keys
        self._kind = kind

    def write(self, last: Sequence[str], bound: str = "") -> str:
        """The cursor of the page behind the row with the key `last`.

        Args:
            last: the values that the list is ordered by.
            bound: whose list it is, its order and its filters; the cursor is refused for any other.
        """
        text = json.dumps(list(last), ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(self._keys.signing, text, bound) + text).rstrip(b"=").decode()

    def read(self, cursor: str, bound: str = "") -> tuple[str, ...]:
        """The key of the last row before the page.

        Raises:
            InvalidError: the cursor is none of this list.
        """
        refusal = InvalidError("The cursor is none of this list; begin without one.")
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise refusal from None
        mac, text = raw[:MAC_BYTES], raw[MAC_BYTES:]
        if not any(hmac.compare_digest(mac, self._mac(key, text, bound)) for key in self._keys.accepted):
            raise refusal
        return tuple(json.loads(text))

    def _mac(self, key: bytes, text: bytes, bound: str) -> bytes:
        message = b"\0".join((self._kind.encode(), hashlib.sha256(bound.encode()).digest(), text))
        return hmac.digest(key, message, hashlib.sha256)[:MAC_BYTES]
