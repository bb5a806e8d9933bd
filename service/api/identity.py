"""Who a request comes from."""

from typing import Annotated

from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer

from service.api.state import StateDep
from service.domain import users
from service.domain.models import User
from service.platform.errors import UnauthorizedError
from service.platform.tokens import INVALID

# Only to tell OpenAPI, and so /docs, where tokens come from, and to take the token out of its header.
bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/tokens", auto_error=False)


async def current_user(state: StateDep, token: Annotated[str | None, Depends(bearer)]) -> User:
    """The user whose token came with the request; looked up each time, so that a deactivated one is out at once.

    Raises:
        UnauthorizedError: no token, none of ours, or its user is gone or inactive.
    """
    if token is None:
        raise UnauthorizedError("This needs an access token; ask for one at /api/v1/tokens.")
    identity = state["tokens"].verify(token)
    user = await state["database"].run(users.active, int(identity.subject))
    if user is None:
        raise UnauthorizedError("The access token is not valid; ask for a new one.", INVALID)
    return user


CurrentUser = Annotated[User, Depends(current_user)]
