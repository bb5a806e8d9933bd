"""The admin port: metrics and probes for whoever can reach it, switches for whoever has the token."""

import hmac
from collections.abc import Sequence
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.routing import Route

from service.platform import errors, logs
from service.platform.errors import NotFoundError, UnauthorizedError
from service.platform.faults import Fault, Faults

BODY_BYTES = 10_000


class LogLevel(BaseModel):
    """The lowest level that this process writes."""

    model_config = ConfigDict(extra="forbid")

    level: Literal["debug", "info", "warning", "error"]


class ActiveFault(Fault):
    """A fault that is being injected in this process."""

    number: int
    seconds_left: float


def admin_app(open_routes: Sequence[Route], faults: Faults | None) -> FastAPI:
    """The admin port's app.

    Args:
        open_routes: need no token.
        faults: those of this process; None where none may be injected.
    """
    app = FastAPI(openapi_url=None, redirect_slashes=False, max_body_size=BODY_BYTES, routes=[*open_routes])
    errors.install(app)
    switches = APIRouter(dependencies=[Depends(_require_token)])
    _add_log_level(switches)
    if faults is not None:
        _add_faults(switches, faults)
    app.include_router(switches)
    return app


async def _require_token(request: Request) -> None:
    """Without a token in the settings there is nothing here; the comparison takes the same time however much is right.

    Raises:
        NotFoundError: no token is set.
        UnauthorizedError: another one, or none, was sent.
    """
    token = request.scope["state"]["secrets"]["admin_token"]
    if not token:
        raise NotFoundError(f"There is nothing at {request.url.path}.")
    scheme, _, offered = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(offered.strip().encode(), token.encode()):
        raise UnauthorizedError("This needs the admin token.")


def _add_log_level(router: APIRouter) -> None:
    @router.get("/log-level")
    async def read_level() -> LogLevel:
        return LogLevel.model_validate({"level": logs.current_level()})

    @router.put("/log-level")
    async def set_level(wanted: LogLevel) -> LogLevel:
        logs.set_level(wanted.level)
        return wanted


def _add_faults(router: APIRouter, faults: Faults) -> None:
    def active() -> list[ActiveFault]:
        return [
            ActiveFault(**fault.model_dump(), number=number, seconds_left=round(left, 1))
            for number, fault, left in faults.listed()
        ]

    @router.get("/faults")
    async def list_faults() -> list[ActiveFault]:
        return active()

    @router.post("/faults", status_code=HTTPStatus.CREATED)
    async def add_fault(fault: Fault, response: Response) -> ActiveFault:
        number = faults.add(fault)
        response.headers["Location"] = f"/faults/{number}"
        return next(each for each in active() if each.number == number)

    @router.delete("/faults", status_code=HTTPStatus.NO_CONTENT)
    async def clear_faults() -> None:
        faults.clear()

    @router.delete("/faults/{number}", status_code=HTTPStatus.NO_CONTENT)
    async def remove_fault(number: int) -> None:
        faults.remove(number)
