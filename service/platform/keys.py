"""The signing key and its rotation.

Pods are given a new key at different moments. So a new one is accepted at once, signs only when every pod has it, and
the one before stays accepted as long as anything that it may still have signed is alive.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Key:
    """A signing key; times are those of the ring's clock."""

    secret: bytes
    signs_from: float = -math.inf
    ends_at: float = math.inf


class Keyring:
    """The keys that sign and that are accepted now.

    Attributes:
        look: called where an unknown key was met, which may be new and known to the other processes already.

    Args:
        key: signs from the start.
        previous: accepted, too, until it is replaced; empty for none.
        overlap: seconds within which every process is given a new key.
        lifetime: seconds that what is signed lives.
        clock: seconds.
    """

    look: Callable[[], object] = staticmethod(lambda: None)

    def __init__(
        self,
        key: bytes,
        previous: bytes = b"",
        *,
        overlap: float = 0.0,
        lifetime: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys: tuple[Key, ...] = (Key(key),)
        self._previous = previous
        self._overlap = overlap
        self._lifetime = lifetime
        self._clock = clock

    @property
    def signing(self) -> bytes:
        """The newest key that every process has by now."""
        now = self._clock()
        return next(key.secret for key in reversed(self._keys) if key.signs_from <= now)

    @property
    def accepted(self) -> tuple[bytes, ...]:
        """Every key whose signatures hold, the newest first."""
        now = self._clock()
        current = tuple(key.secret for key in reversed(self._keys) if key.ends_at > now)
        return (*current, self._previous) if self._previous else current

    def replace_previous(self, secret: bytes) -> None:
        """Accept this key, too, instead of the one before it; empty for none."""
        self._previous = secret

    def rotate(self, secret: bytes) -> None:
        """Take a new key; a known one signs again at once.

        The others end when what the last process to be told may have signed until it, too, changed over is dead.
        """
        now = self._clock()
        known = {key.secret: key for key in self._keys if key.ends_at > now}
        newest = replace(known.pop(secret, Key(secret, now + self._overlap)), ends_at=math.inf)
        end = now + 2 * self._overlap + self._lifetime
        self._keys = (*(replace(key, ends_at=min(key.ends_at, end)) for key in known.values()), newest)
