"""Users and their items, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from service.api.documents import problems
from service.api.identity import Caller
from service.api.item_views import V1, V2, ItemView, ItemView2, PageInfo, Shape
from service.api.state import StateDep
from service.api.users import UserView
from service.domain import users
from service.domain.models import User

ITEMS = Field(None, description="Only where they were asked for.")


class ListedUser(UserView):
    """A user as administrators see it in version 1."""

    items: list[ItemView] | None = ITEMS


class ListedUser2(UserView):
    """A user as administrators see it in version 2."""

    items: list[ItemView2] | None = ITEMS


class UserPage(BaseModel):
    """Some users in version 1, and the cursor of the next page where there is one."""

    users: list[ListedUser]
    next: str | None


class UserPage2(BaseModel):
    """Some users in version 2."""

    data: list[ListedUser2]
    page: PageInfo


VIEWS: dict[Shape, type[ListedUser | ListedUser2]] = {V1: ListedUser, V2: ListedUser2}
PAGES: dict[Shape, type[UserPage | UserPage2]] = {V1: UserPage, V2: UserPage2}


class UserLists:
    """The endpoints of one version.

    Args:
        shape: what is its own.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    async def list_users(
        self,
        caller: Caller,
        state: StateDep,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=1000, description="`next` of the page before.")] = None,
        *,
        with_items: Annotated[bool, Query(description="Show what each has.")] = False,
    ) -> Response:
        """List users, for administrators."""
        (after,) = state["user_cursors"].read(cursor) if cursor else ("0",)
        part = users.Part(int(after), limit + 1, with_items=with_items)
        found = await state["database"].run(users.acting, caller.number, users.page, part)
        shown = found[:limit]
        following = state["user_cursors"].write([str(shown[-1].id)]) if len(found) > limit else None
        page = self._page([self._view(user, with_items=with_items) for user in shown], following, limit)
        return Response(page.model_dump_json(exclude_unset=True), media_type="application/json")

    def _view(self, user: User, *, with_items: bool) -> UserView:
        """The user; its items are not in memory unless they were asked for."""
        view = VIEWS[self.shape]
        return view.model_validate(user) if with_items else view(**UserView.model_validate(user).model_dump())

    def _page(self, views: list[UserView], following: str | None, limit: int) -> UserPage | UserPage2:
        paged = {"data": views, "page": {"next": following, "limit": limit}}
        return PAGES[self.shape].model_validate(paged if self.shape is V2 else {"users": views, "next": following})


def router_of(shape: Shape) -> APIRouter:
    """The routes of one version."""
    router = APIRouter(prefix="/users", tags=["users"])
    router.add_api_route("", UserLists(shape).list_users, response_model=PAGES[shape], responses=problems(401, 403))
    return router
