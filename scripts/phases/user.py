"""A user of the release for as long as a drill runs: items belong to one, so every request needs a token."""

import secrets
import time
from types import TracebackType
from typing import Self

import httpx

from scripts.core.errors import TestsFailed
from scripts.core.objects import Object

USERS = "/api/v1/users"
TOKENS = "/api/v1/tokens"
SECONDS = 10.0
# Of a token's life, so that what is sent with it is long answered when it ends.
RENEWED_AFTER = 0.5


class User:
    """Registers itself when it is entered; as a user cannot be removed, each has an address that nobody else has.

    Attributes:
        url: Where the release answers.
        http: A client that sends the token, for what is asked once.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=SECONDS, trust_env=False)
        self._email = f"drill-{secrets.token_hex(8)}@slipway.invalid"
        self._password = secrets.token_urlsafe(24)
        self._token = ""
        self._renewal = 0.0

    def __enter__(self) -> Self:
        """Register and log in.

        Raises:
            TestsFailed: The release made no user or gave no token.
        """
        new = {"email": self._email, "name": "drill", "password": self._password}
        self._checked(self.http.post(USERS, json=new))
        self.renew()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def token(self) -> str:
        """Give the token of now; safe to call from another thread."""
        return self._token

    def renew(self) -> None:
        """Log in again where half of the token's life is over.

        Raises:
            TestsFailed: The release gave no token.
        """
        if time.monotonic() < self._renewal:
            return
        answer = self.log_in()
        self._token = str(answer["access_token"])
        self._renewal = time.monotonic() + float(answer["expires_in"]) * RENEWED_AFTER
        self.http.headers["Authorization"] = f"Bearer {self._token}"

    def log_in(self) -> Object:
        """Ask for a token without taking it into use.

        Raises:
            TestsFailed: The release gave none.
        """
        form = {"username": self._email, "password": self._password}
        answer: Object = self._checked(self.http.post(TOKENS, data=form)).json()
        return answer

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        path = answer.request.url.path
        raise TestsFailed(
            f"The drill needs a user, and {path} answered {answer.status_code}: {answer.text[:200]}",
            fix="Where it is 429, wait a minute; else see the pods: slipway status.",
            code="drill.user",
        )
