"""The outermost layer: request id, trace, served-by, access log, and a problem document whatever went wrong inside."""

import logging
import os
import re
import socket
import time
from collections.abc import Collection, Iterable
from functools import partial
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.platform.errors import Problem
from service.platform.logs import request_id, trace
from service.platform.routes import template_of
from service.platform.trace import Tracer, trace_of

log = logging.getLogger("service.access")
ACCEPTED_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
PROBLEM = Problem.media_type.encode()
HANDSHAKES = frozenset({"websocket.accept", "websocket.http.response.start"})
OF_THE_BODY = frozenset({b"content-type", b"content-length", b"content-encoding"})


class ContextLayer:
    """Wraps the finished app, error pages included: what a layer inside cannot do is done here once.

    Args:
        app: the finished app.
        silent: paths without an access line.
        tracer: tells which trace a request belongs to.
    """

    def __init__(self, app: ASGIApp, silent: Collection[str], tracer: Tracer = trace_of) -> None:
        self.app = app
        self.silent = silent
        self.tracer = tracer
        self.served_by = (b"x-served-by", socket.gethostname().encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection with its context."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        token, trace_token = request_id.set(_id_of(scope)), trace.set(self.tracer(scope))
        try:
            if scope["type"] == "http":
                await Exchange(self, scope, send).serve(receive)
            else:
                await self.app(scope, receive, partial(self._handshake, send))
        finally:
            request_id.reset(token)
            trace.reset(trace_token)

    async def _handshake(self, send: Send, message: Message) -> None:
        await send(self.identified(message) if message["type"] in HANDSHAKES else message)

    def identified(self, start: Message) -> Message:
        """The start of an answer with the request id and who gave it."""
        identity = (b"x-request-id", (request_id.get() or "").encode())
        return {**start, "headers": [*start.get("headers", ()), identity, self.served_by]}


def _id_of(scope: Scope) -> str:
    """The client's id where it is harmless to log and to return, else a new one."""
    offered = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return offered.decode() if ACCEPTED_ID.fullmatch(offered) else os.urandom(16).hex()


class Exchange:
    """One request and its answer."""

    def __init__(self, layer: ContextLayer, scope: Scope, send: Send) -> None:
        self.layer = layer
        self.scope = scope
        self.path = scope["path"]  # inside, a version's own path takes its place
        self.send = send
        self.status: int | None = None
        self.complete = False
        self.discarding = False

    async def serve(self, receive: Receive) -> None:
        """Run the app; an exception that got through becomes a 500 that tells nothing but the request id."""
        begin = time.perf_counter()
        try:
            await self.layer.app(self.scope, receive, self.forward)
        except Exception:
            log.exception("unhandled exception", extra={"path": self.path})
            if self.status is None:
                await self.refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
            elif not self.complete:
                raise  # the answer has begun: only a broken connection can tell the client
        finally:
            self.record(time.perf_counter() - begin)

    async def forward(self, message: Message) -> None:
        """Pass the app's answer on; a library's own error page becomes a problem document."""
        if self.discarding:
            return
        if message["type"] == "http.response.start" and _is_foreign_error(message):
            self.discarding = True
            await self.refuse(message["status"], message.get("headers", ()))
            return
        await self.emit(message)

    async def refuse(self, status: int, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """Answer with a problem document, and with those headers that do not speak of the body it replaces."""
        problem = Problem(status, HTTPStatus(status).description)
        own = {name for name, _ in problem.raw_headers} | OF_THE_BODY
        problem.raw_headers += [(name, value) for name, value in headers if name not in own]
        await problem(self.scope, _disconnected, self.emit)

    async def emit(self, message: Message) -> None:
        """Send, with the context in the headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = self.layer.identified(message)
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self.send(message)

    def record(self, seconds: float) -> None:
        """Write the access line."""
        if self.path in self.layer.silent or not log.isEnabledFor(logging.INFO):
            return
        scope = self.scope
        details = {
            "method": scope["method"],
            "path": self.path,
            "route": template_of(scope),
            "status": self.status,
            "duration_ms": round(seconds * 1000, 2),
            "client": (scope.get("client") or ("-",))[0],
        }
        log.info("request", extra=details)


def _is_foreign_error(start: Message) -> bool:
    return start["status"] >= HTTPStatus.BAD_REQUEST and (b"content-type", PROBLEM) not in start.get("headers", ())


async def _disconnected() -> Message:
    return {"type": "http.disconnect"}
