"""Users: register, and see oneself."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, status
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from service.api.documents import problems
from service.api.identity import Caller
from service.api.item_views import Name
from service.api.limits import limit_login
from service.api.state import StateDep
from service.domain import users

router = APIRouter(prefix="/users", tags=["users"])

# Printable ASCII with one @ and a dot after it; whether it exists only a letter to it can tell.
Email = Annotated[str, Field(max_length=254, pattern=r"^[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+$")]
Password = Annotated[SecretStr, Field(min_length=12, max_length=128)]


class NewUser(BaseModel):
    """What a client sends to register."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    name: Name
    password: Password


class UserView(BaseModel):
    """A user as that user sees it; the address is in lower case."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    name: str
    created_at: datetime


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=[Depends(limit_login)], responses=problems(409, 429))
async def register(new: NewUser, state: StateDep) -> UserView:
    """Make a user; 409 where the address is taken, in whatever case."""
    password_hash = await state["passwords"].hash(new.password.get_secret_value())
    user = await state["database"].run(users.register, new.email, new.name, password_hash)
    return UserView.model_validate(user)


@router.get("/me", responses=problems(401))
async def read_me(caller: Caller, state: StateDep) -> UserView:
    """The user whose token came with the request."""
    return UserView.model_validate(await state["database"].run(users.active, caller.number))
