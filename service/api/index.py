"""What runs here, and where to go from here."""

import socket

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from service import __version__
from service.api import console
from service.api.state import StateDep

router = APIRouter(tags=["index"])
UNVERSIONED = frozenset({"/api/version"})


class Version(BaseModel):
    """What runs here, as anybody may know it."""

    version: str
    pod: str
    environment: str
    api_versions: list[int]
    shared: bool
    """Whether rooms reach across processes."""


class Index(BaseModel):
    """A signpost."""

    name: str = "slipway"
    version: str = __version__
    console: str = "/"
    items: str = "/api/v2/items"
    echo: str = "/ws/echo"
    health: str = "/health"
    openapi: str = "/openapi.json"


@router.get("/", response_model=Index, responses={200: {"content": {"text/html": {}}}})
async def index(request: Request) -> Response:
    """Show the way; to a browser, the console."""
    if console.wanted(request):
        return console.page(request)
    return Response(Index().model_dump_json(), media_type="application/json", headers={"Vary": "Accept"})


@router.get("/api/version")
async def version(state: StateDep) -> Version:
    """Name the running release, and who answers."""
    settings = state["settings"]
    return Version(
        version=__version__,
        pod=socket.gethostname(),
        environment=settings.environment,
        api_versions=[1, 2],
        shared=bool(settings.redis_url),
    )
