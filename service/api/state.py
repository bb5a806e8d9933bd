"""What a running service owns: made by the lifespan, read by the endpoints."""

from typing import Annotated, TypedDict, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from service.platform.cache import Cache
from service.platform.computing import Computing
from service.platform.database import Database
from service.platform.hub import Hub
from service.platform.pagination import Cursors
from service.platform.passwords import Passwords
from service.platform.ratelimit import Limiter
from service.platform.secrets import Secrets
from service.platform.sockets import Sockets
from service.platform.tokens import Tokens
from service.settings import Settings


class State(TypedDict):
    """The lifespan's state."""

    database: Database
    sockets: Sockets
    item_cursors: Cursors
    user_cursors: Cursors
    tokens: Tokens
    passwords: Passwords
    limiter: Limiter
    cache: Cache
    secrets: Secrets
    computing: Computing
    hub: Hub
    settings: Settings


async def state_of(connection: HTTPConnection) -> State:
    """The state of the app that serves the connection; async, as FastAPI would take another thread for it otherwise."""
    return cast("State", connection.scope["state"])


StateDep = Annotated[State, Depends(state_of)]
