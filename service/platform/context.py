"""The outermost layer: request id, served-by, access log, and a problem document whatever went wrong inside."""

import logging
import re
import socket
import time
import uuid
from collections.abc import Collection
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.platform.errors import Problem
from service.platform.logs import request_id

log = logging.getLogger("service.access")
ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class ContextLayer:
    """Wraps the finished app, error pages included: what a layer inside cannot do is done here once.

    Args:
        app: the finished app.
        silent: paths without an access line.
    """

    def __init__(self, app: ASGIApp, silent: Collection[str]) -> None:
        self.app = app
        self.silent = silent
        self.hostname = socket.gethostname()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection with its context."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        token = request_id.set(_id_of(scope))
        try:
            if scope["type"] == "http":
                await Exchange(self, scope, send).serve(receive)
            else:
                await self.app(scope, receive, send)
        finally:
            request_id.reset(token)


def _id_of(scope: Scope) -> str:
    """The client's id where it is harmless to log and to return, else a new one."""
    offered = Headers(scope=scope).get("x-request-id", "")
    return offered if ACCEPTED_ID.fullmatch(offered) else uuid.uuid4().hex


class Exchange:
    """One request and its answer."""

    def __init__(self, layer: ContextLayer, scope: Scope, send: Send) -> None:
        self.layer = layer
        self.scope = scope
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
            log.exception("unhandled exception", extra={"path": self.scope["path"]})
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
            await self.refuse(message["status"])
            return
        await self.emit(message)

    async def refuse(self, status: int) -> None:
        """Answer with a problem document."""
        problem = Problem(status, HTTPStatus(status).description)
        await problem(self.scope, _disconnected, self.emit)

    async def emit(self, message: Message) -> None:
        """Send, with the context in the headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=list(message.get("headers", ())))
            headers["x-request-id"] = request_id.get() or ""
            headers["x-served-by"] = self.layer.hostname
            message = {**message, "headers": headers.raw}
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self.send(message)

    def record(self, seconds: float) -> None:
        """Write the access line."""
        if self.scope["path"] in self.layer.silent:
            return
        client = self.scope.get("client") or ("-",)
        details = {"method": self.scope["method"], "path": self.scope["path"], "status": self.status}
        log.info("request", extra={**details, "duration_ms": round(seconds * 1000, 2), "client": client[0]})


def _is_foreign_error(start: Message) -> bool:
    is_error = start["status"] >= HTTPStatus.BAD_REQUEST
    return is_error and Headers(raw=start.get("headers", ())).get("content-type") != Problem.media_type


async def _disconnected() -> Message:
    return {"type": "http.disconnect"}
