"""Who a request comes from."""

from typing import Annotated

from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer
from starlette.requests import Request

from service.platform.errors import UnauthorizedError
from service.platform.identity import Identity


class TokenScheme(OAuth2PasswordBearer):
    """Whoever the token that came with a request proves; OpenAPI, and so /docs, learns from it where tokens come from.

    One dependency, because FastAPI resolves each anew at every request. The token alone is looked at: that its user is
    still active is found out in the unit of work.
    """

    async def __call__(self, request: Request) -> Identity:  # type: ignore[override]  # what the token means, not its text
        """Verify the token.

        Raises:
            UnauthorizedError: no token, or none of ours.
        """
        token = await super().__call__(request)
        if token is None:
            raise UnauthorizedError("This needs an access token; ask for one at /api/v2/tokens.")
        identity: Identity = request.scope["state"]["tokens"].verify(token)
        return identity


scheme = TokenScheme(tokenUrl="/api/v2/tokens", scheme_name="OAuth2PasswordBearer", auto_error=False)
Caller = Annotated[Identity, Depends(scheme)]
