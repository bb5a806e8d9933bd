"""Lists of items: filtered, in a total order, and continued behind the last item seen instead of by counting."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.domain.models import Item, User

Sort = Literal["created", "-created", "name", "-name", "price", "-price"]
Key = tuple[str, ...]
"""Where a page ended: the sorted value and the number of its last item, as text."""

COLUMNS: dict[str, InstrumentedAttribute[Any]] = {"name": Item.name, "price": Item.price}


@dataclass(frozen=True)
class Listing:
    """What is listed, and in which order; numbers rise with the time of creation.

    Attributes:
        sort: the order; `-` turns it round.
        name: what the name begins with.
        min_price: lowest price.
        max_price: highest price.
    """

    sort: Sort = "created"
    name: str | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None

    @property
    def identity(self) -> str:
        """What a cursor of this list and no other is bound to."""
        return repr(sorted(asdict(self).items()))

    def key(self, item: Item) -> Key:
        """Where a page that ends with the item ends."""
        column = self.sort.removeprefix("-")
        return (str(getattr(item, column)), str(item.id)) if column in COLUMNS else (str(item.id),)


@dataclass(frozen=True)
class Part:
    """Which part of a list.

    Attributes:
        limit: most items.
        after: where it begins; None at the start.
        skip: how many items come before it, besides.
    """

    limit: int
    after: Key | None = None
    skip: int = 0


def page(session: Session, owner: User, listing: Listing, part: Part) -> Sequence[Item]:
    """The items of one part."""
    statement = _filtered(select(Item), owner, listing).order_by(*_order(listing)).limit(part.limit)
    if part.after:
        statement = statement.where(_behind(listing, part.after))
    if part.skip:
        statement = statement.offset(part.skip)
    return session.scalars(statement).all()


def total(session: Session, owner: User, listing: Listing) -> int:
    """How many there are; its cost grows with them."""
    return session.scalar(_filtered(select(func.count()).select_from(Item), owner, listing)) or 0


def _filtered(statement: Select[Any], owner: User, listing: Listing) -> Select[Any]:
    statement = statement.where(Item.owner_id == owner.id)
    if listing.name is not None:
        # LIKE would ignore the case on SQLite.
        statement = statement.where(func.substr(Item.name, 1, len(listing.name)) == listing.name)
    if listing.min_price is not None:
        statement = statement.where(Item.price >= listing.min_price)
    if listing.max_price is not None:
        statement = statement.where(Item.price <= listing.max_price)
    return statement


def _columns(listing: Listing) -> tuple[InstrumentedAttribute[Any], ...]:
    column = COLUMNS.get(listing.sort.removeprefix("-"))
    return (column, Item.id) if column is not None else (Item.id,)


def _order(listing: Listing) -> list[ColumnElement[Any]]:
    columns = _columns(listing)
    return [column.desc() if listing.sort.startswith("-") else column.asc() for column in columns]


def _behind(listing: Listing, after: Key) -> ColumnElement[bool]:
    """A comparison of rows, which the index of the order answers."""
    columns = tuple_(*_columns(listing))
    *value, number = after
    last = tuple_(*(Decimal(text) if listing.sort.endswith("price") else text for text in value), int(number))
    return columns < last if listing.sort.startswith("-") else columns > last
