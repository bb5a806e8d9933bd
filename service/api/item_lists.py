"""What a client may say about the list of items that it wants."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from service.api.item_views import Price
from service.domain.listing import Listing, Sort
from service.platform.errors import InvalidError

MOST_SKIPPED = 10_000
Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]


@dataclass(frozen=True)
class Wanted:
    """Which part of which list.

    Attributes:
        listing: filters and order.
        limit: most items on the page.
        cursor: where it begins; None at the start.
        skip: how many items come before it.
        total: whether all are counted.
    """

    listing: Listing
    limit: int
    cursor: str | None
    skip: int
    total: bool


async def listing(
    sort: Annotated[Sort, Query(description="`-` turns the order round.")] = "created",
    name: Annotated[Text | None, Query(description="What the name begins with.")] = None,
    min_price: Annotated[Price | None, Query()] = None,
    max_price: Annotated[Price | None, Query()] = None,
) -> Listing:
    """Filters and order, each from a list of what is allowed."""
    return Listing(sort, name, min_price, max_price)


async def wanted(
    listing: Annotated[Listing, Depends(listing)],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=1000, description="`next` of the page before.")] = None,
    *,
    total: Annotated[bool, Query(description="Count all; costs the more the more there are.")] = False,
) -> Wanted:
    """The page by its cursor."""
    return Wanted(listing, limit, cursor, 0, total)


async def wanted_or_skipped(
    wanted: Annotated[Wanted, Depends(wanted)],
    skip: Annotated[int, Query(ge=0, le=MOST_SKIPPED, description="For short lists; long ones need `cursor`.")] = 0,
) -> Wanted:
    """The page by its cursor, or by how many items come before it.

    Raises:
        InvalidError: both are given.
    """
    if skip and wanted.cursor:
        raise InvalidError("Give either cursor or skip.")
    return Wanted(wanted.listing, wanted.limit, wanted.cursor, skip, wanted.total)
