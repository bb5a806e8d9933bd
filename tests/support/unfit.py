"""The service with a lifespan that fails, as one does whose first look at something it needs ends in an exception."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from service.platform import logs
from service.server import ServiceApplication
from service.settings import Settings


class Lifespan:
    def __init__(self, _app: FastAPI) -> None:
        pass

    async def __aenter__(self) -> None:
        raise LookupError("nothing to stand on")

    async def __aexit__(self, *_error: object) -> None:
        pass


class UnfitApplication(ServiceApplication):
    def load(self) -> ASGIApp:
        return FastAPI(lifespan=Lifespan)


if __name__ == "__main__":
    settings = Settings.load()
    logs.configure(settings.log_level, settings.log_format)
    UnfitApplication(settings).run()
