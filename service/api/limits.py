"""The strict limit, where guessing passwords and making users would be cheap without it."""

from starlette.requests import Request

from service.api.state import StateDep
from service.platform.ratelimit import address_of, enforce


async def limit_login(request: Request, state: StateDep) -> None:
    """Count the request against its address, whoever it claims to be.

    It hangs on the endpoint rather than on a path: every spelling that reaches the endpoint is counted.

    Raises:
        LimitedError: too many.
    """
    limiter = state["limiter"]
    await enforce(request.scope, limiter, limiter.login, address_of(request.scope))
