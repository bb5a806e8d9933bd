"""gzip where it is accepted and worth it, by Starlette's middleware; here is what HTTP asks for around it.

A compressed body is another representation, and a strong ETag tells representations apart (RFC 9110, 8.8.3): it becomes
`"TAG-gzip"`. A weak one would be the other way, but then If-Match, which compares strongly, could never match for a
client that accepts gzip. The suffix is taken off whatever tags the client sends, so that the routes know of none.
"""

from starlette.middleware.gzip import GZipResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST_BYTES = 1024
LEVEL = 5  # 9 takes five times as long for 3 % less
TAGGED, PLAIN = b'-gzip"', b'"'
CONDITIONS = frozenset({b"if-match", b"if-none-match"})
NOT_MODIFIED = 304
Headers = list[tuple[bytes, bytes]]


class CompressionLayer:
    """Compress answers of 1 KiB and more; answers to HEAD and 304 have no body and are left alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        compressible = scope["method"] != "HEAD" and accepts_gzip(scope["headers"])
        answer = _Answer(send, compressible, _take_suffixes(scope))
        await self.app(scope, receive, answer.forward)


class _Answer:
    """One answer on its way out; Starlette's part is made only where there is something to compress."""

    def __init__(self, send: Send, compressible: bool, named: bytes) -> None:  # noqa: FBT001 - it is the question
        self.send = self.onward = send
        self.compressible = compressible
        self.named = named

    async def forward(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begin(message)
        await self.onward(message)

    def begin(self, start: Message) -> None:
        headers: Headers = list(start.get("headers", ()))
        length = next((int(value) for name, value in headers if name == b"content-length"), SMALLEST_BYTES)
        if length < SMALLEST_BYTES and start["status"] != NOT_MODIFIED:
            return
        compressible = self.compressible and start["status"] != NOT_MODIFIED
        start["headers"] = _varied(headers, *(() if compressible else (b"Accept-Encoding",)))
        self.onward = self.send_tagged
        if compressible:
            compressing = GZipResponder(_unused, SMALLEST_BYTES, LEVEL)
            compressing.send, self.onward = self.send_tagged, compressing.send_with_compression

    async def send_tagged(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = _tagged(message["status"], message["headers"], self.named)
        await self.send(message)


async def _unused(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """In place of the app that the responder would call: it is given the messages instead."""


def accepts_gzip(headers: Headers) -> bool:
    """Whether Accept-Encoding names gzip, and not only to refuse it (RFC 9110, 12.5.3)."""
    for name, value in headers:
        if name == b"accept-encoding" and b"gzip" in value:
            codings = [coding.replace(b" ", b"").partition(b";q=") for coding in value.lower().split(b",")]
            return any(coding == b"gzip" and (not sign or weight.strip(b"0.")) for coding, sign, weight in codings)
    return False


def _take_suffixes(scope: Scope) -> bytes:
    """Take the suffix off the tags in the request; the value has them as they came."""
    found = [value for name, value in scope["headers"] if name in CONDITIONS and TAGGED in value]
    if found:
        scope["headers"] = [
            (name, value.replace(TAGGED, PLAIN) if name in CONDITIONS else value) for name, value in scope["headers"]
        ]
    return b",".join(found)


def _varied(headers: Headers, *more: bytes) -> Headers:
    """All that mattered, and more, in one Vary: of several Starlette, which adds to it, would keep the first."""
    varying = [value for name, value in headers if name == b"vary"]
    others = [header for header in headers if header[0] != b"vary"]
    told = b", ".join([*varying, *more])
    return [*others, (b"vary", told)] if told else others


def _tagged(status: int, headers: Headers, named: bytes) -> Headers:
    """Give the ETag of a compressed body its suffix, also in a 304 to whoever named it with one."""
    compressed = (b"content-encoding", b"gzip") in headers
    if not compressed and (status != NOT_MODIFIED or not named):
        return headers
    return [
        (name, _suffixed(value, named, compressed=compressed) if name == b"etag" else value) for name, value in headers
    ]


def _suffixed(etag: bytes, named: bytes, *, compressed: bool) -> bytes:
    suffixed = etag[:-1] + TAGGED
    strong = etag.startswith(PLAIN)
    return suffixed if strong and (compressed or suffixed in named) else etag
