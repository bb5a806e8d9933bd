"""What is compared: one endpoint with a response model, by FastAPI alone, by the service, and by the guide."""

from collections.abc import Callable

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.types import ASGIApp

from service.app import create_app
from service.platform import logs
from service.settings import Settings
from tests.naive import stack

PATH = "/api/version"


class Version(BaseModel):
    version: str


def bare() -> FastAPI:
    app = FastAPI()

    @app.get(PATH)
    async def version() -> Version:
        return Version(version="0.1.0")

    return app


def unlayered() -> ASGIApp:
    """The service's routes without its layers."""
    app = create_app(Settings(database_url="sqlite://"))
    app.user_middleware.clear()
    return FastAPI.build_middleware_stack(app)


def ours() -> FastAPI:
    """The whole stack, with its access lines."""
    logs.configure("info", "json")
    return create_app(Settings(database_url="sqlite://"))


APPS: dict[str, Callable[[], FastAPI]] = {"bare": bare, "ours": ours, "guide": stack.create_app}
