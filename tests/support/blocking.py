"""The service with two more routes: one blocks the event loop, as only a mistake does, one merely takes its time."""

import asyncio
import time

from fastapi import FastAPI
from starlette.types import ASGIApp

from service.platform import logs
from service.server import ServiceApplication
from service.settings import Settings


class BlockingApplication(ServiceApplication):
    def load(self) -> ASGIApp:
        app = super().load()
        assert isinstance(app, FastAPI)

        @app.get("/block/{seconds}")
        async def block(seconds: float) -> None:
            time.sleep(seconds)  # noqa: ASYNC251 - the mistake

        @app.get("/take/{seconds}")
        async def take(seconds: float) -> None:
            await asyncio.sleep(seconds)

        return app


if __name__ == "__main__":
    settings = Settings.load()
    logs.configure(settings.log_level, settings.log_format)
    BlockingApplication(settings).run()
