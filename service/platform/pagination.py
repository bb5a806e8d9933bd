"""Keyset pages: a page begins after the last key seen, so its cost does not grow with its depth.

The cursor is opaque and signed: nobody can read a meaning into it or make one up.
"""

import base64
import binascii
import hashlib
import hmac

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
        self._kind = kind.encode()

    def write(self, last: int) -> str:
        """The cursor of the page after the row `last`."""
        text = str(last).encode()
        return base64.urlsafe_b64encode(self._mac(self._keys.signing, text) + text).rstrip(b"=").decode()

    def read(self, cursor: str) -> int:
        """The last row before the page.

        Raises:
            InvalidError: the cursor is not one of ours.
        """
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            raise InvalidError("The cursor is none of this service; begin without one.") from None
        mac, text = raw[:MAC_BYTES], raw[MAC_BYTES:]
        if not any(hmac.compare_digest(mac, self._mac(key, text)) for key in self._keys.accepted):
            raise InvalidError("The cursor is none of this service; begin without one.")
        return int(text)

    def _mac(self, key: bytes, text: bytes) -> bytes:
        return hmac.digest(key, self._kind + b"\0" + text, hashlib.sha256)[:MAC_BYTES]
