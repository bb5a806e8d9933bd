"""Access tokens for a password: the OAuth2 password flow, which /docs speaks."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import BaseModel

from service.api.documents import problems
from service.api.limits import limit_login
from service.api.state import State, StateDep
from service.domain import users
from service.domain.models import User
from service.platform.errors import UnauthorizedError

router = APIRouter(prefix="/tokens", tags=["tokens"])

Form = Annotated[OAuth2PasswordRequestForm, Depends()]


class Token(BaseModel):
    """An access token (RFC 6749, 5.1)."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the name of the scheme
    expires_in: int
    """Seconds."""


@router.post("", dependencies=[Depends(limit_login)], responses=problems(401, 429))
async def log_in(form: Form, state: StateDep, response: Response) -> Token:
    """Give a token for an e-mail address (`username`) and its password; 401 is alike whatever was wrong."""
    user = await _authenticate(state, form.username, form.password)
    response.headers["Cache-Control"] = "no-store"
    tokens = state["tokens"]
    return Token(access_token=tokens.issue(str(user.id), user.name), expires_in=tokens.seconds)


async def _authenticate(state: State, email: str, password: str) -> User:
    database = state["database"]
    user = await database.run(users.by_email, email)
    right, renewed = await state["passwords"].verify(password, user.password_hash if user else None)
    if user is None or not right or not user.active:
        raise UnauthorizedError("The e-mail address or the password is wrong.")
    if renewed:
        await database.run(users.renew_hash, user.id, user.password_hash, renewed)
    return user
