"""What owners can do with their items; to everybody else these do not exist."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from service.domain.models import Item, User
from service.domain.users import active
from service.platform.errors import NotFoundError

Check = Callable[[Item], None]
"""Raises where the item is not as whoever changes it believes."""
# Built once: to build a statement costs more than to run it.
OWNED = select(Item).where(Item.id == bindparam("number"), Item.owner_id == bindparam("owner"))
LOCKED = OWNED.with_for_update()
OWNED_BY_ACTIVE = OWNED.join(User, User.id == Item.owner_id).where(User.active)


def create(session: Session, owner: User, values: Mapping[str, Any]) -> Item:
    """Store a new item."""
    item = Item(owner_id=owner.id, **values)
    session.add(item)
    session.flush()
    return item


def read(session: Session, owner: int, number: int) -> Item:
    """Find one, and its owner active, in one statement.

    Raises:
        UnauthorizedError: there is no such user, or it was deactivated.
        NotFoundError: there is no such item, or it is another's.
    """
    item = session.scalars(OWNED_BY_ACTIVE, {"number": number, "owner": owner}).one_or_none()
    if item is None:
        active(session, owner)
        raise _missing(number)
    return item


def _lock(session: Session, owner: User, number: int) -> Item:
    """Find one that no other can change until the unit of work ends."""
    item = session.scalars(LOCKED, {"number": number, "owner": owner.id}).one_or_none()
    if item is None:
        raise _missing(number)
    return item


def _missing(number: int) -> NotFoundError:
    return NotFoundError(f"There is no item {number}.")


def update(session: Session, owner: User, number: int, changes: Mapping[str, Any], check: Check) -> Item:
    """Change what is named, as a new revision.

    Raises:
        NotFoundError: there is no such item.
    """
    item = _lock(session, owner, number)
    check(item)
    for field, value in changes.items():
        setattr(item, field, value)
    item.revision += 1
    session.flush()
    return item


def delete(session: Session, owner: User, number: int, check: Check) -> Item:
    """Remove one, and tell what it was.

    Raises:
        NotFoundError: there is none.
    """
    item = _lock(session, owner, number)
    check(item)
    session.delete(item)
    return item
