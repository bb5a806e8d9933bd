"""What a client may say about the list of items that it wants."""

from pydantic import BaseModel, Field

from service.api.item_views import Price
from service.domain.listing import Listing, Sort

MOST_SKIPPED = 10_000


class Wanted(BaseModel):
    """The page by its cursor; filters and order are each from a list of what is allowed."""

    sort: Sort = Field("created", description="`-` turns the order round.")
    name: str | None = Field(None, max_length=100, pattern=r"^[^\x00]*$", description="What the name begins with.")
    min_price: Price | None = None
    max_price: Price | None = None
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1000, description="`next` of the page before.")
    total: bool = Field(default=False, description="Count all; costs the more the more there are.")

    @property
    def listing(self) -> Listing:
        """Which list it is a part of."""
        return Listing(self.sort, self.name, self.min_price, self.max_price)

    @property
    def skipped(self) -> int:
        """How many items come before the page."""
        return 0


class WantedOrSkipped(Wanted):
    """The page by its cursor, or by how many items come before it."""

    skip: int = Field(0, ge=0, le=MOST_SKIPPED, description="For short lists; long ones need `cursor`.")

    @property
    def skipped(self) -> int:
        """As `skip` says."""
        return self.skip
