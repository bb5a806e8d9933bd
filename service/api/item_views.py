"""Items as clients send and see them; the versions differ here and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema, model_validator

from service.domain.models import Item

CENT = Decimal("0.01")
NUMBER = {"type": "number", "minimum": 0, "maximum": 9_999_999_999.99}
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Description = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
# As it is stored: 1.5 and 1.50 are the same request, and 0 may come as -0.
Price = Annotated[
    Decimal,
    Field(ge=0, max_digits=12, decimal_places=2),
    AfterValidator(lambda price: abs(price).quantize(CENT)),
    WithJsonSchema({"anyOf": [NUMBER, {"type": "string", "pattern": r"^\d{1,10}(\.\d{1,2})?$"}]}, mode="validation"),
]
Number = Annotated[Price, PlainSerializer(float, return_type=float)]
Exact = Annotated[
    Price,
    PlainSerializer(lambda price: f"{price:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,10}\.\d{2}$"}, mode="serialization"),
]


class NewItem(BaseModel):
    """What a client sends to make one."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: Description | None = None
    price: Price


class ItemChange(BaseModel):
    """What a client sends to change one; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    description: Description | None = None
    price: Price | None = None

    @model_validator(mode="after")
    def _keep_required(self) -> Self:
        for field in ("name", "price"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} cannot be null; leave it out to keep it")
        return self


class ItemView(BaseModel):
    """An item in version 1."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    description: str | None
    price: Number
    created_at: datetime
    updated_at: datetime


class ItemView2(BaseModel):
    """An item in version 2: its price is exact, and it tells its owner and revision."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    owner_id: int
    revision: int
    name: str
    description: str | None
    price: Exact
    created_at: datetime
    updated_at: datetime


class ItemPage(BaseModel):
    """Some items in version 1, and the cursor of the next page where there is one."""

    items: list[ItemView]
    next: str | None
    total: int | None = Field(None, description="How many there are; only where it was asked for.")


class PageInfo(BaseModel):
    """Where a page is."""

    next: str | None
    limit: int
    total: int | None = Field(None, description="How many there are; only where it was asked for.")


class ItemPage2(BaseModel):
    """Some items in version 2."""

    data: list[ItemView2]
    page: PageInfo


@dataclass(frozen=True)
class Found:
    """One page of a list.

    Attributes:
        items: what is on it.
        next: the cursor of the one behind it.
        limit: most items on a page.
        total: all there are, where it was asked for.
    """

    items: Sequence[Item]
    next: str | None
    limit: int
    total: int | None


@dataclass(frozen=True)
class Shape:
    """What a version does in its own way.

    Attributes:
        version: its number.
        view: an item.
        page: some items.
        conditional: whether a change must say which revision it is of.
        skips: whether a list may be begun behind a number of items.
    """

    version: int
    view: type[ItemView | ItemView2]
    page: type[ItemPage | ItemPage2]
    conditional: bool
    skips: bool

    @property
    def prefix(self) -> str:
        """Where the version's items are."""
        return f"/api/v{self.version}/items"

    def etag(self, item: Item) -> str:
        """A strong tag that is the same in every process: the revision decides."""
        return f'"{item.id}-{item.revision}-v{self.version}"'

    def body(self, item: Item) -> bytes:
        """The item's bytes."""
        return self.view.model_validate(item).model_dump_json().encode()

    def list_body(self, found: Found) -> bytes:
        """The page's bytes."""
        page: dict[str, Any] = {"next": found.next, "limit": found.limit}
        if found.total is not None:
            page["total"] = found.total
        content = {"data": found.items, "page": page} if self.page is ItemPage2 else {"items": found.items, **page}
        return self.page.model_validate(content).model_dump_json(exclude_unset=True).encode()


V1 = Shape(1, ItemView, ItemPage, conditional=False, skips=True)
V2 = Shape(2, ItemView2, ItemPage2, conditional=True, skips=False)
