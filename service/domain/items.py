"""What owners can do with their items; to everybody else these do not exist."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.domain.models import Item, User
from service.platform.errors import NotFoundError

Check = Callable[[Item], None]
"""Raises where the item is not as whoever changes it believes."""


def create(session: Session, owner: User, values: Mapping[str, Any]) -> Item:
    """Store a new item."""
    item = Item(owner_id=owner.id, **values)
    session.add(item)
    session.flush()
    return item


def get(session: Session, owner: User, number: int, *, lock: bool = False) -> Item:
    """Find one.

    Args:
        session: the unit of work.
        owner: whose it must be.
        number: its number.
        lock: let no other change it until the unit of work ends.

    Raises:
        NotFoundError: there is none, or it is another's.
    """
    statement = select(Item).where(Item.id == number, Item.owner_id == owner.id)
    item = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
    if item is None:
        raise NotFoundError(f"There is no item {number}.")
    return item


def update(session: Session, owner: User, number: int, changes: Mapping[str, Any], check: Check) -> Item:
    """Change what is named, as a new revision.

    Raises:
        NotFoundError: there is no such item.
    """
    item = get(session, owner, number, lock=True)
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
    item = get(session, owner, number, lock=True)
    check(item)
    session.delete(item)
    return item
