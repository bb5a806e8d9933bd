"""Who a request or a socket comes from."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Identity:
    """A verified user.

    Attributes:
        subject: The user's number, as a string; never changes.
        name: What to show others.
        expires_at: When the proof of it ends, in seconds since the epoch.
    """

    subject: str
    name: str
    expires_at: float

    @property
    def number(self) -> int:
        """The user's number."""
        return int(self.subject)


class Verifier(Protocol):
    """Tells who sent a token."""

    def verify(self, token: str) -> Identity:
        """The identity that the token proves.

        Raises:
            UnauthorizedError: It proves none.
        """
