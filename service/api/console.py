"""The console: one page for people at `/`, with its files as they are written; nothing is asked of another host."""

import re
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.platform import conditional
from service.platform.cache import Answer
from service.platform.errors import NotFoundError

FOLDER = Path(__file__).parents[1] / "console"
PAGE = "index.html"
# No script and no style but the page's own files. 'self' covers its WebSockets too (CSP 3).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
OFFERED = re.compile(r"\s*(text/html|application/json)\s*(?:;|$)", re.IGNORECASE)

router = APIRouter(prefix="/console", include_in_schema=False)


def wanted(request: Request) -> bool:
    """Whether a page is asked for rather than data: by which of the two Accept names first."""
    named = (OFFERED.match(part) for part in request.headers.get("accept", "").split(","))
    first = next((match[1] for match in named if match), "")
    return first.lower() == "text/html"


def page(request: Request) -> Response:
    """The page."""
    return _file(request, PAGE, {"Content-Security-Policy": POLICY, "Vary": "Accept"})


@router.get("/{name}")
async def file(name: str, request: Request) -> Response:
    """One of its files."""
    return _file(request, name)


def _file(request: Request, name: str, extra: Mapping[str, str] | None = None) -> Response:
    """The file, revalidated each time: during a rollout the page of one release must not meet the script of another.

    Raises:
        NotFoundError: there is none.
    """
    path = next((path for path in FOLDER.iterdir() if path.name == name), None)
    if path is None:
        raise NotFoundError("The console has no such file.")
    answer = Answer.of(path.read_bytes())
    headers = {"ETag": answer.etag, "Cache-Control": "no-cache", **(extra or {})}
    if conditional.matches(request.headers.get("if-none-match"), answer.etag):
        return conditional.not_modified(answer.etag, headers)
    return Response(answer.body, headers=headers, media_type=guess_type(name)[0])
