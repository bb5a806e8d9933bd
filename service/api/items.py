"""Items: create, read, list, change, delete."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from service.api.state import StateDep
from service.domain import items

router = APIRouter(prefix="/api/v1/items", tags=["items"])

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Description = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
Price = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2), PlainSerializer(float, return_type=float)]
# The largest integer that PostgreSQL's key and SQLite's both hold.
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


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
    """An item as clients see it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    description: str | None
    price: Price
    created_at: datetime
    updated_at: datetime


class ItemPage(BaseModel):
    """Some items, and the cursor of the next page where there is one."""

    items: list[ItemView]
    next: str | None


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_item(new: NewItem, state: StateDep, response: Response) -> ItemView:
    """Store a new item."""
    item = await state["database"].run(items.create, new.model_dump())
    response.headers["Location"] = f"{router.prefix}/{item.id}"
    return ItemView.model_validate(item)


@router.get("")
async def list_items(
    state: StateDep, limit: Annotated[int, Query(ge=1, le=100)] = 20, cursor: str | None = None
) -> ItemPage:
    """List items in the order they were made."""
    after = state["item_cursors"].read(cursor) if cursor else 0
    found = await state["database"].run(items.page, after, limit + 1)
    shown = [ItemView.model_validate(item) for item in found[:limit]]
    return ItemPage(items=shown, next=state["item_cursors"].write(shown[-1].id) if len(found) > limit else None)


@router.get("/{number}")
async def read_item(number: Number, state: StateDep) -> ItemView:
    """Read one."""
    return ItemView.model_validate(await state["database"].run(items.get, number))


@router.patch("/{number}")
async def change_item(number: Number, change: ItemChange, state: StateDep) -> ItemView:
    """Change what the body names."""
    changes = change.model_dump(exclude_unset=True)
    return ItemView.model_validate(await state["database"].run(items.update, number, changes))


@router.delete("/{number}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_item(number: Number, state: StateDep) -> None:
    """Remove one."""
    await state["database"].run(items.delete, number)
