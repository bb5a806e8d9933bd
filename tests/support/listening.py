"""The app on a real port, in this process: what WebSockets need to be tested on the wire."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
import uvicorn

from service.api.state import State
from service.app import Service, create_app
from service.domain import users
from service.settings import Settings
from tests.support.ports import free_port


@dataclass
class Listening:
    app: Service
    state: State
    port: int

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def user(self, name: str = "Ann") -> tuple[str, str]:
        """A new user's id and access token, without the cost of a password."""
        address = f"{name}.{free_port()}.{id(object())}@example.org"
        user = await self.state["database"].run(users.register, address, name, "no hash")
        return str(user.id), self.state["tokens"].issue(str(user.id), name)


class _Server(uvicorn.Server):
    """Leaves this process' signals alone."""

    async def serve(self, sockets: Any = None) -> None:
        await self._serve(sockets)


@asynccontextmanager
async def listening(settings: Settings, port: int = 0) -> AsyncIterator[Listening]:
    app = create_app(settings)
    states: list[State] = []

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan" and not states:
            states.append(cast("State", scope["state"]))
        await app(scope, receive, send)

    port = port or free_port()
    config = uvicorn.Config(noting, port=port, log_config=None, ws_max_size=65_536, timeout_graceful_shutdown=2)
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10), httpx.AsyncClient() as client:
            while not server.started:
                assert not task.done(), task.result()
                await asyncio.sleep(0.01)
            await client.get(f"http://127.0.0.1:{port}/health/live")
        yield Listening(app, states[0], port)
    finally:
        server.should_exit = True
        await task
