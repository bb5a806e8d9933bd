"""Lists of items: filtered, in a total order, and continued behind the last item seen instead of by counting."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, bindparam, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.domain.models import Item, User
from service.domain.users import active

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


def page(session: Session, owner: int, listing: Listing, part: Part) -> Sequence[Item]:
    """The items of one part; one statement where there are some.

    Raises:
        UnauthorizedError: there is no such user, or it was deactivated.
    """
    place = _place(listing, part.after) if part.after else {}
    statement = _statement(listing, part.limit, part.skip, continued=bool(place))
    found = session.scalars(statement, {"owner": owner, **place}).all()
    if not found:
        active(session, owner)
    return found


def total(session: Session, owner: int, listing: Listing) -> int:
    """How many there are; its cost grows with them."""
    counting = _filtered(select(func.count()).select_from(Item), listing)
    return session.scalar(counting, {"owner": owner}) or 0


@lru_cache(maxsize=256)  # to build a statement costs more than to run it
def _statement(listing: Listing, limit: int, skip: int, *, continued: bool) -> Select[Item]:
    of_active = select(Item).join(User, User.id == Item.owner_id).where(User.active)
    statement = _filtered(of_active, listing).order_by(*_order(listing)).limit(limit)
    if continued:
        statement = statement.where(_behind(listing))
    return statement.offset(skip) if skip else statement


def _filtered(statement: Select[Any], listing: Listing) -> Select[Any]:
    statement = statement.where(Item.owner_id == bindparam("owner"))
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


def _behind(listing: Listing) -> ColumnElement[bool]:
    """A comparison of rows, which the index of the order answers."""
    columns = _columns(listing)
    last = tuple_(*(bindparam(f"last_{column.key}", type_=column.type) for column in columns))
    return tuple_(*columns) < last if listing.sort.startswith("-") else tuple_(*columns) > last


def _place(listing: Listing, after: Key) -> dict[str, Any]:
    """The values of the item that the page before ended with."""
    *value, number = after
    values = [*(Decimal(text) if listing.sort.endswith("price") else text for text in value), int(number)]
    return {f"last_{column.key}": last for column, last in zip(_columns(listing), values, strict=True)}
