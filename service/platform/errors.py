"""The service's errors, and their one translation to `application/problem+json` (RFC 9457).

ServiceError            a request cannot be answered as asked
├── InvalidError        400, what the client sent contradicts itself or was tampered with
├── UnauthorizedError   401, nobody, or not who they say they are; WWW-Authenticate says how to ask (RFC 6750)
├── ForbiddenError      403, they may not
├── NotFoundError       404, no such thing, or not theirs
├── NotAcceptableError  406, nothing that the client accepts
├── ConflictError       409, the change contradicts what is stored
├── GoneError           410, what was here has ended
├── StaleError          412, the thing has changed since the client last saw it
├── ReusedKeyError      422, an Idempotency-Key that belongs to another request
├── UnconditionalError  428, the change must say what it believes to change (RFC 6585)
├── LimitedError        429, too many requests; the answer says when to come back
└── UnavailableError    503, a dependency is away or saturated; the answer says when to come back
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from service.platform.logs import request_id

# The body was not read to its end: nobody should wait for the rest.
UNREAD = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class ServiceError(Exception):
    """A request cannot be answered as asked; the text is for the client."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    default_headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.headers = {**self.default_headers, **(headers or {})}


class InvalidError(ServiceError):
    """What the client sent contradicts itself or was tampered with."""

    status = HTTPStatus.BAD_REQUEST


class UnauthorizedError(ServiceError):
    """Nobody, or not who they say they are."""

    status = HTTPStatus.UNAUTHORIZED
    default_headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class ForbiddenError(ServiceError):
    """They may not."""

    status = HTTPStatus.FORBIDDEN


class NotFoundError(ServiceError):
    """No such thing, or not theirs."""

    status = HTTPStatus.NOT_FOUND


class NotAcceptableError(ServiceError):
    """Nothing that the client accepts."""

    status = HTTPStatus.NOT_ACCEPTABLE


class ConflictError(ServiceError):
    """The change contradicts what is stored."""

    status = HTTPStatus.CONFLICT


class GoneError(ServiceError):
    """What was here has ended."""

    status = HTTPStatus.GONE


class StaleError(ServiceError):
    """The thing has changed since the client last saw it."""

    status = HTTPStatus.PRECONDITION_FAILED


class ReusedKeyError(ServiceError):
    """An Idempotency-Key that belongs to another request."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnconditionalError(ServiceError):
    """The change must say what it believes to change."""

    status = HTTPStatus.PRECONDITION_REQUIRED


class LimitedError(ServiceError):
    """Too many requests."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class UnavailableError(ServiceError):
    """A dependency is away or saturated."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    default_headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class Problem(JSONResponse):
    """A problem document (RFC 9457), with the id of the request as an extension."""

    media_type = "application/problem+json"

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        extensions: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        current = request_id.get()
        content = {
            **(extensions or {}),
            "type": "about:blank",
            "title": title(status),
            "status": status,
            "detail": detail,
            "instance": f"urn:request:{current}",
            "request_id": current,
        }
        closing = {"Connection": "close"} if status in UNREAD else {}
        super().__init__(content, status, {"Cache-Control": "no-store", **closing, **(headers or {})})


def title(status: int) -> str:
    """The status' registered phrase, which RFC 9457 asks for beside `about:blank`."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def install(app: FastAPI) -> None:
    """Make every error of the app's routes a problem document."""
    app.exception_handler(ServiceError)(_service_error)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_validation_error)


async def _service_error(_request: Request, error: ServiceError) -> Problem:
    return Problem(error.status, str(error), headers=error.headers)


async def _http_error(request: Request, error: HTTPException) -> Problem:
    detail = error.detail if error.detail != title(error.status_code) else _explain(request, error.status_code)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed(request))
    return Problem(error.status_code, detail, headers=headers)


def _allowed(request: Request) -> list[str]:
    """Every method of the path (RFC 9110, 15.5.6); the router itself names those of the first route that has it."""
    routes: Sequence[BaseRoute] = request.app.routes
    scopes = {method: {**request.scope, "method": method} for method in METHODS}
    return [method for method, scope in scopes.items() if any(_answers(route, scope) for route in routes)]


def _answers(route: BaseRoute, scope: Scope) -> bool:
    match, _ = route.matches(scope)
    return match is Match.FULL


def _explain(request: Request, status: int) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return f"There is nothing at {request.url.path}."
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.url.path} does not answer {request.method}."
    return title(status)


async def _validation_error(_request: Request, error: RequestValidationError) -> Problem:
    errors = [_violation(entry) for entry in error.errors()]
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The request does not fit its schema.", extensions={"errors": errors}
    )


def _violation(entry: Mapping[str, Any]) -> dict[str, str]:
    """One violation, without what was sent: a rejected password must not come back."""
    place, *path = (str(part) for part in entry["loc"])
    unreadable = entry["type"] == "json_invalid"  # its path is a position in the text, not a place in the document
    pointer = "" if unreadable else "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
    return {"in": place, "pointer": pointer, "code": entry["type"], "message": entry["msg"]}
