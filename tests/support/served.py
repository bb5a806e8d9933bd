"""The app in this process, with its lifespan running and its listeners told apart as a server would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import httpx
from starlette.types import Receive, Scope, Send

from service.api.state import State
from service.app import Service, create_app
from service.platform.database import engine_of
from service.platform.schema import Schema
from service.resources import MIGRATIONS
from service.settings import Settings


@dataclass
class Served:
    app: Service
    state: State
    public: httpx.AsyncClient
    admin: httpx.AsyncClient


def migrate(settings: Settings) -> None:
    engine = engine_of(settings.database)
    Schema(MIGRATIONS).upgrade(engine)
    engine.dispose()


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[Served]:
    app = create_app(settings)
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = httpx.ASGITransport(with_state)
        public = httpx.AsyncClient(transport=transport, base_url=f"http://service:{settings.public_port}")
        admin = httpx.AsyncClient(transport=transport, base_url=f"http://service:{settings.admin_port}")
        async with public, admin:
            yield Served(app, cast("State", state), public, admin)
