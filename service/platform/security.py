"""What browsers are told to refuse, and what is refused here: foreign host names, and http where https is required."""

import re
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import quote

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.platform.errors import Problem

POLICY = b"content-security-policy"
# An answer of the API is data: nothing in it may load, run or be framed. A page brings a policy of its own.
OF_DATA = (POLICY, b"default-src 'none'; frame-ancestors 'none'")
ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d+)?")


class SecurityLayer:
    """Guard what is inside; the scheme is the one that a trusted proxy told of, the host the client's own word.

    Args:
        app: what is inside.
        hosts: names that are answered; `*` means all, `*.example.com` every name below.
        hsts_seconds: how long browsers stay on https (RFC 6797), where it is required; None where it is not.
        exempt: paths that are answered whatever the host and the scheme: the kubelet knows neither.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str], hsts_seconds: int | None, exempt: Collection[str]
    ) -> None:
        self.app = app
        self.exempt = exempt
        self.hosts = None if "*" in hosts else frozenset(name.lower() for name in hosts)
        self.https = hsts_seconds is not None
        self.of_http = ALWAYS
        hsts = (b"strict-transport-security", b"max-age=%d" % (hsts_seconds or 0))
        self.of_https = (*ALWAYS, hsts) if self.https else ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, redirect or refuse."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        answer = self._refusal(scope) if self.hosts is not None or self.https else None
        app = answer or self.app
        await app(scope, receive, self._telling(scope, send) if scope["type"] == "http" else send)

    def _telling(self, scope: Scope, send: Send) -> Send:
        headers = self.of_https if scope["scheme"] == "https" else self.of_http

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                own_policy = any(name == POLICY for name, _ in given)
                message = {**message, "headers": [*given, *headers] if own_policy else [*given, *headers, OF_DATA]}
            await send(message)

        return send_with_headers

    def _refusal(self, scope: Scope) -> Response | None:
        if scope["path"] in self.exempt:
            return None
        host = _host_of(scope)
        if host is None or not self._known(host):
            return Problem(HTTPStatus.BAD_REQUEST, "No such host is served here.")
        if not self.https or scope["scheme"] in ("https", "wss"):
            return None
        if scope["type"] == "websocket":
            return Problem(HTTPStatus.FORBIDDEN, "WebSockets need wss here.")
        return Response(status_code=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": _secure(scope, host)})

    def _known(self, host: str) -> bool:
        if self.hosts is None or host in self.hosts:
            return True
        return any(name.startswith("*.") and host.endswith(name[1:]) for name in self.hosts)


def _host_of(scope: Scope) -> str | None:
    """The name in the Host header, without the port; None where it is none."""
    value = next((value for name, value in scope["headers"] if name == b"host"), b"")
    match = HOST.fullmatch(value.decode("latin-1").lower())
    return match[1] if match else None


def _secure(scope: Scope, host: str) -> str:
    path = scope.get("raw_path") or quote(scope["path"]).encode()
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    return f"https://{host}" + (path + query).decode("latin-1")
