"""A request that is sent again under the same Idempotency-Key is answered again, and done once.

draft-ietf-httpapi-idempotency-key-header-07. The key is stored in the transaction of the work itself, so the database
decides between two that come at once: the second waits until the first has committed, and then finds its answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service.domain.models import IdempotencyKey, User, now
from service.platform.errors import ConflictError, ReusedKeyError

KEPT = timedelta(hours=24)
LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class Reply:
    """An answer as bytes, to be stored and given again."""

    status: HTTPStatus
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Attempt:
    """What makes two requests the same one.

    Attributes:
        key: the client's.
        fingerprint: of everything that decides what is done.
    """

    key: str
    fingerprint: str


def once(session: Session, user: User, attempt: Attempt, work: Callable[[], Reply]) -> Reply:
    """Do the work, or give the answer of the time it was done.

    Raises:
        ReusedKeyError: the key came with another request before.
        ConflictError: the same request is still being done.
    """
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now() - KEPT))
    number = _claim(session, user, attempt)
    if number is None:
        return _replay(session, user, attempt)
    reply = work()
    row = session.get_one(IdempotencyKey, number)
    row.status, row.headers, row.body = reply.status, dict(reply.headers), reply.body
    return reply


def _claim(session: Session, user: User, attempt: Attempt) -> int | None:
    """The number of the new row; None where the key is taken."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"user_id": user.id, "key": attempt.key, "fingerprint": attempt.fingerprint, "created_at": now()}
    statement = insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.id)
    try:
        return session.scalar(statement)
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) != LOCK_NOT_AVAILABLE:
            raise
        raise ConflictError("The same request is still being answered.", {"Retry-After": "1"}) from None


def _replay(session: Session, user: User, attempt: Attempt) -> Reply:
    statement = select(IdempotencyKey).filter_by(user_id=user.id, key=attempt.key)
    row = session.scalars(statement).one()
    if row.fingerprint != attempt.fingerprint:
        raise ReusedKeyError("This Idempotency-Key came with another request before; make a new one.")
    return Reply(HTTPStatus(row.status or HTTPStatus.OK), row.headers or {}, row.body or b"")
