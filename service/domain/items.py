"""What can be done with items."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.domain.models import Item
from service.platform.errors import NotFoundError


def create(session: Session, values: Mapping[str, Any]) -> Item:
    """Store a new item."""
    item = Item(**values)
    session.add(item)
    session.flush()
    return item


def get(session: Session, number: int) -> Item:
    """Find one.

    Raises:
        NotFoundError: there is none.
    """
    item = session.get(Item, number)
    if item is None:
        raise NotFoundError(f"There is no item {number}.")
    return item


def page(session: Session, after: int, limit: int) -> Sequence[Item]:
    """Up to `limit` items in the order they were made, from behind the item `after`."""
    return session.scalars(select(Item).where(Item.id > after).order_by(Item.id).limit(limit)).all()


def update(session: Session, number: int, changes: Mapping[str, Any]) -> Item:
    """Change what is named.

    Raises:
        NotFoundError: there is no such item.
    """
    item = get(session, number)
    for field, value in changes.items():
        setattr(item, field, value)
    session.flush()
    return item


def delete(session: Session, number: int) -> None:
    """Remove one.

    Raises:
        NotFoundError: there is none.
    """
    session.delete(get(session, number))
