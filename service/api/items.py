"""Items: create, read, list, change, delete; only their owner sees them."""

import hashlib
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from sqlalchemy.orm import Session
from starlette.requests import Request

from service.api.documents import problems
from service.api.identity import Caller
from service.api.item_events import tell
from service.api.item_lists import Wanted, WantedOrSkipped
from service.api.item_views import Found, ItemChange, NewItem, Shape
from service.api.state import State, StateDep
from service.domain import items, listing
from service.domain.idempotency import Attempt, Reply, once
from service.domain.models import Item, User
from service.domain.users import acting
from service.platform import conditional
from service.platform.cache import Answer
from service.platform.conditional import IfMatch, IfNoneMatch
from service.platform.errors import InvalidError
from service.platform.identity import Identity

# The largest integer that PostgreSQL's key and SQLite's both hold.
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="Sent again under the same key, the request is done once and answered alike for 24 hours.",
    ),
]
JSON = "application/json"


class Items:
    """The endpoints of one version.

    Args:
        shape: what is its own.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    async def create(self, new: NewItem, caller: Caller, state: StateDep, key: Key = None) -> Response:
        """Store a new item."""
        attempt = Attempt(key, self._fingerprint(new)) if key else None
        reply, item = await state["database"].run(acting, caller.number, self._create, new.model_dump(), attempt)
        if item is not None:
            await tell(state, "created", item)
        return Response(reply.body, reply.status, reply.headers, JSON)

    def _create(
        self, session: Session, user: User, values: dict[str, Any], attempt: Attempt | None
    ) -> tuple[Reply, Item | None]:
        """The answer, and the new item unless it was made before."""
        made: list[Item] = []

        def work() -> Reply:
            made.append(items.create(session, user, values))
            return self._created(made[0])

        reply = once(session, user, attempt, work) if attempt else work()
        return reply, made[0] if made else None

    def _created(self, item: Item) -> Reply:
        headers = {"Location": f"{self.shape.prefix}/{item.id}", "ETag": self.shape.etag(item)}
        return Reply(HTTPStatus.CREATED, headers, self.shape.body(item))

    def _fingerprint(self, new: NewItem) -> str:
        """Of the version and what is asked for, however it was written."""
        return hashlib.sha256(f"{self.shape.version} {new.model_dump_json()}".encode()).hexdigest()

    async def read(
        self, number: Number, caller: Caller, state: StateDep, if_none_match: IfNoneMatch = None
    ) -> Response:
        """Read one."""
        if if_none_match is not None:
            return await self._read_again(number, caller, state, if_none_match)
        make = partial(self._fetch, number, caller, state)
        answer = await state["cache"].changing(_cached(caller, number), make, f"v{self.shape.version}")
        return Response(answer.body, media_type=JSON, headers={"ETag": answer.etag})

    async def _fetch(self, number: int, caller: Identity, state: State) -> Answer:
        item = await state["database"].run(items.read, caller.number, number)
        return Answer(self.shape.body(item), self.shape.etag(item))

    async def _read_again(self, number: int, caller: Identity, state: State, if_none_match: str) -> Response:
        """For who may have it already: the database tells its revision, and nothing is written out for a 304."""
        item = await state["database"].run(items.read, caller.number, number)
        etag = self.shape.etag(item)
        if conditional.matches(if_none_match, etag):
            return conditional.not_modified(etag)
        return Response(self.shape.body(item), media_type=JSON, headers={"ETag": etag})

    async def change(
        self, number: Number, change: ItemChange, caller: Caller, state: StateDep, if_match: IfMatch = None
    ) -> Response:
        """Change what the body names."""
        changes = change.model_dump(exclude_unset=True)
        item = await state["database"].run(acting, caller.number, items.update, number, changes, self._check(if_match))
        await state["cache"].forget(_cached(caller, number))
        await tell(state, "updated", item)
        return Response(self.shape.body(item), media_type=JSON, headers={"ETag": self.shape.etag(item)})

    async def delete(self, number: Number, caller: Caller, state: StateDep, if_match: IfMatch = None) -> None:
        """Remove one."""
        item = await state["database"].run(acting, caller.number, items.delete, number, self._check(if_match))
        await state["cache"].forget(_cached(caller, number))
        await tell(state, "deleted", item)

    def _check(self, if_match: str | None) -> items.Check:
        """Runs inside the unit of work, where nobody else can change the item."""
        return lambda item: conditional.check(if_match, self.shape.etag(item), required=self.shape.conditional)

    async def list(
        self,
        request: Request,
        caller: Caller,
        state: StateDep,
        wanted: Annotated[Wanted, Query()],
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """List one's items."""
        found = await self._find(wanted, caller, state)
        answer = Answer.of(self.shape.list_body(found))
        headers = {"ETag": answer.etag, **_link(request, found)}
        if conditional.matches(if_none_match, answer.etag):
            return conditional.not_modified(answer.etag, headers)
        return Response(answer.body, media_type=JSON, headers=headers)

    async def list_or_skip(
        self,
        request: Request,
        caller: Caller,
        state: StateDep,
        wanted: Annotated[WantedOrSkipped, Query()],
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """List one's items.

        Raises:
            InvalidError: a cursor and a number of items to skip.
        """
        if wanted.skip and wanted.cursor:
            raise InvalidError("Give either cursor or skip.")
        return await self.list(request, caller, state, wanted, if_none_match)

    async def _find(self, wanted: Wanted, caller: Identity, state: State) -> Found:
        bound = f"{caller.subject} {wanted.listing.identity}"
        after = state["item_cursors"].read(wanted.cursor, bound) if wanted.cursor else None
        part = listing.Part(wanted.limit + 1, after, wanted.skipped)  # one more tells that there is another page
        found, total = await state["database"].run(_select, caller.number, wanted.listing, part, count=wanted.total)
        shown = found[: wanted.limit]
        more = len(found) > wanted.limit
        cursor = state["item_cursors"].write(wanted.listing.key(shown[-1]), bound) if more else None
        return Found(shown, cursor, wanted.limit, total)


def _link(request: Request, found: Found) -> dict[str, str]:
    """The next page's address (RFC 8288)."""
    if found.next is None:
        return {}
    following = request.url.remove_query_params("skip").include_query_params(cursor=found.next)
    return {"Link": f'<{following.path}?{following.query}>; rel="next"'}


def _select(
    session: Session, owner: int, listed: listing.Listing, part: listing.Part, *, count: bool
) -> tuple[Sequence[Item], int | None]:
    found = listing.page(session, owner, listed, part)
    return found, listing.total(session, owner, listed) if count else None


def _cached(caller: Identity, number: int) -> str:
    """What each write makes every version forget."""
    return f"item {caller.subject} {number}"


def router_of(shape: Shape) -> APIRouter:
    """The routes of one version."""
    endpoints = Items(shape)
    router = APIRouter(prefix="/items", tags=["items"])
    listed = endpoints.list_or_skip if shape.skips else endpoints.list
    one: dict[str, Any] = {"response_model": shape.view, "responses": problems(401, 404)}
    made = {**one, "responses": problems(401, 409)}
    changed: dict[str, Any] = {"responses": problems(401, 404, 412, 428)}
    router.add_api_route("", endpoints.create, methods=["POST"], status_code=201, **made)
    router.add_api_route("", listed, response_model=shape.page, responses=problems(400, 401))
    router.add_api_route("/{number}", endpoints.read, **one)
    router.add_api_route("/{number}", endpoints.change, methods=["PATCH"], **{**one, **changed})
    router.add_api_route("/{number}", endpoints.delete, methods=["DELETE"], status_code=204, **changed)
    return router
