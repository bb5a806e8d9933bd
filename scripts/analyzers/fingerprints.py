"""Short names for contents: the same bytes, the same name."""

import hashlib
import json
from collections.abc import Iterable

LENGTH = 12


def fingerprint(parts: Iterable[tuple[str, bytes]]) -> str:
    """Twelve hex digits of the SHA-256 over named contents, whatever order they come in.

    Args:
        parts: Names (paths) and contents.
    """
    digest = hashlib.sha256()
    for name, content in sorted(parts):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:LENGTH]


def fingerprint_of(value: object) -> str:
    """The fingerprint of a JSON value."""
    return fingerprint([("", canonical(value).encode())])


def canonical(value: object) -> str:
    """The one way a JSON value is written."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
