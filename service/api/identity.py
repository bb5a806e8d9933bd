"""Who a request comes from."""

from typing import Annotated

from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer

from service.api.state import StateDep
from service.platform.errors import UnauthorizedError
from service.platform.identity import Identity

# Only to tell OpenAPI, and so /docs, where tokens come from, and to take the token out of its header.
bearer = OAuth2PasswordBearer(tokenUrl="/api/v2/tokens", auto_error=False)


async def caller(state: StateDep, token: Annotated[str | None, Depends(bearer)]) -> Identity:
    """Whoever the token that came with the request proves.

    The token alone is looked at: that its user is still active, `domain.users.acting` finds out in the unit of work.

    Raises:
        UnauthorizedError: no token, or none of ours.
    """
    if token is None:
        raise UnauthorizedError("This needs an access token; ask for one at /api/v2/tokens.")
    return state["tokens"].verify(token)


Caller = Annotated[Identity, Depends(caller)]
