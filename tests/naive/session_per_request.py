"""Kept to compare with: the usual shape of FastAPI with SQLAlchemy, a session that a dependency yields.

The session holds its connection from the first query on, while each dependency and the endpoint wait for a thread of
their own; once more requests are under way than there are threads, the holders wait for the waiting.
"""

import os
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from service.domain.models import Item, User
from service.platform.tokens import Tokens
from service.settings import DEVELOPMENT_KEY

POOL = {"pool_size": int(os.environ["NAIVE_POOL"]), "max_overflow": 0} if "NAIVE_POOL" in os.environ else {}
LocalSession = sessionmaker(bind=create_engine(os.environ["NAIVE_DATABASE"], **POOL))
tokens = Tokens(DEVELOPMENT_KEY.encode())
bearer = OAuth2PasswordBearer(tokenUrl="token")
app = FastAPI()


def get_db() -> Iterator[Session]:
    db = LocalSession()
    try:
        yield db
    finally:
        db.close()


def get_current_user(token: Annotated[str, Depends(bearer)], db: Annotated[Session, Depends(get_db)]) -> User:
    user = db.get(User, int(tokens.verify(token).subject))
    if user is None:
        raise HTTPException(401)
    return user


@app.get("/api/v1/items/{number}")
def read_item(
    number: int, user: Annotated[User, Depends(get_current_user)], db: Annotated[Session, Depends(get_db)]
) -> dict[str, Any]:
    item = db.get(Item, number)
    if item is None or item.owner_id != user.id:
        raise HTTPException(404)
    return {"id": item.id, "name": item.name, "description": item.description, "price": float(item.price)}


@app.get("/health/live")
def live() -> dict[str, str]:
    return {"status": "alive"}
