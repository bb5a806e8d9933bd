"""What runs here, and where to go from here."""

from fastapi import APIRouter
from pydantic import BaseModel

from service import __version__

router = APIRouter(tags=["index"])
UNVERSIONED = frozenset({"/api/version"})


class Version(BaseModel):
    """The running release."""

    version: str


class Index(BaseModel):
    """A signpost."""

    name: str = "slipway"
    version: str = __version__
    items: str = "/api/v2/items"
    echo: str = "/ws/echo"
    health: str = "/health"
    openapi: str = "/openapi.json"


@router.get("/")
async def index() -> Index:
    """Show the way."""
    return Index()


@router.get("/api/version")
async def version() -> Version:
    """Name the running release."""
    return Version(version=__version__)
