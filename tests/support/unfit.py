"""The service with a lifespan that fails, as one does whose first look at something it needs ends in an exception."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from service.platform import logs
from service.server import ServiceApplication
from service.settings import Settings


@asynccontextmanager
async def fail(_app: FastAPI) -> AsyncIterator[None]:
    raise LookupError("nothing to stand on")
    yield


class UnfitApplication(ServiceApplication):
    def load(self) -> ASGIApp:
        return FastAPI(lifespan=fail)


if __name__ == "__main__":
    settings = Settings.load()
    logs.configure(settings.log_level, settings.log_format)
    UnfitApplication(settings).run()
