import pytest
from fastapi import APIRouter, FastAPI

from service.app import create_app
from service.platform.conflicts import ConflictingRoutesError, refuse
from service.settings import Settings


def app(*paths: str) -> FastAPI:
    """Each path in a router of its own, as versions are."""
    made = FastAPI()
    for path in paths:
        router = APIRouter()
        router.add_api_route(path, lambda: None)
        made.include_router(router, prefix="/api/v1")
    return made


@pytest.mark.parametrize(
    "paths", [("/items", "/items"), ("/items/{number}", "/items/{id}"), ("/users/{number}", "/users/me")]
)
def test_a_route_that_nobody_could_reach_stops_the_start(paths: tuple[str, str]) -> None:
    with pytest.raises(ConflictingRoutesError, match=r"GET /api/v1/.* is never reached"):
        refuse(app(*paths).routes)


def test_routes_that_differ_pass() -> None:
    refuse(app("/users/me", "/users/{number}", "/items", "/items/{number}").routes)


def test_the_service_looks_for_them_when_it_is_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.index.router", APIRouter())
    monkeypatch.setattr("service.api.echo.router", _taken())
    with pytest.raises(ConflictingRoutesError, match="/api/v1/items"):
        create_app(Settings())


def _taken() -> APIRouter:
    router = APIRouter()
    router.add_api_route("/api/v1/items", lambda: None)
    return router
