"""Conditional requests (RFC 9110, 13): an answer that the client has already, and a change of what it has not seen."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import Header
from starlette.responses import Response

from service.platform.errors import StaleError, UnconditionalError

TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e]*")')

IfMatch = Annotated[str | None, Header(description="ETag that the thing must have; 412 where it has another.")]
IfNoneMatch = Annotated[str | None, Header(description="ETags that the client has; 304 where the thing has one.")]


def matches(field: str | None, etag: str) -> bool:
    """Whether If-None-Match names the tag; compared weakly (RFC 9110, 13.1.2)."""
    return field is not None and (field.strip() == "*" or etag in TAG.findall(field))


def check(field: str | None, etag: str, *, required: bool = False) -> None:
    """Let a change pass only where If-Match names the tag; compared strongly (RFC 9110, 13.1.1).

    Raises:
        StaleError: the thing has another tag.
        UnconditionalError: nothing is named, and it must be (RFC 6585, 3).
    """
    if field is None:
        if required:
            raise UnconditionalError("Say in If-Match which ETag is to be changed.")
        return
    strong = {match[1] for match in TAG.finditer(field) if not match[0].startswith("W/")}
    if field.strip() != "*" and etag not in strong:
        raise StaleError("It has changed since; read it again.", {"ETag": etag})


def not_modified(etag: str, headers: Mapping[str, str] | None = None) -> Response:
    """What the client has is still right: no body, and so no length."""
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag, **(headers or {})})
