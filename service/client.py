"""A client of the service, for users, tests and drills; it needs httpx and websockets and nothing of the service.

async with Client("http://127.0.0.1:8000") as client:
    await client.login("ann@example.org", "correct horse")
    async with client.room("lobby") as room:
        await room.send("hello")
        async for event in room:
            print(event)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Self

import httpx

from service.client_room import Room

API = "/api/v2"
Values = Mapping[str, Any]


class ProblemError(Exception):
    """The service answered a problem document (RFC 9457).

    Attributes:
        status: HTTP's.
        request_id: what to ask the operator about.
    """

    def __init__(self, response: httpx.Response) -> None:
        is_problem = response.headers.get("content-type", "").startswith("application/problem+json")
        document: dict[str, Any] = response.json() if is_problem else {}
        super().__init__(f"{response.status_code}: {document.get('detail', response.reason_phrase)}")
        self.status = response.status_code
        self.request_id: str | None = document.get("request_id")


@dataclass(frozen=True)
class User:
    """A user as that user sees it."""

    id: int
    email: str
    name: str
    created_at: str


@dataclass(frozen=True)
class Item:
    """An item; `etag` names its revision, so that changing it overwrites nobody else's change."""

    id: int
    owner_id: int
    revision: int
    name: str
    description: str | None
    price: Decimal
    created_at: str
    updated_at: str
    etag: str = "*"

    @classmethod
    def of(cls, values: Values, etag: str = "*") -> Self:
        """Read a document of the service; members that came later than this client are left out."""
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        return cls(**{**known, "price": Decimal(values["price"]), "etag": etag})


@dataclass(frozen=True)
class Page:
    """Some items, and the cursor of the next page where there is one."""

    items: list[Item]
    next: str | None


class Client:
    """One user's view of the service.

    Args:
        base_url: its address, http or https.
        token: an access token; `login` gets one, too, and then renews it by itself.
        timeout: longest wait for an answer, in seconds.
        transport: how requests travel, in tests.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        timeout: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.token = token
        self._credentials: dict[str, str] | None = None
        self._http = httpx.AsyncClient(base_url=self.base_url, timeout=timeout, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._http.aclose()

    async def register(self, email: str, name: str, password: str) -> User:
        """Make a user."""
        answer = await self._ask("POST", "/users", json={"email": email, "name": name, "password": password})
        return User(**{field: answer.json()[field] for field in User.__dataclass_fields__})

    async def login(self, email: str, password: str) -> str:
        """Get a token, and another by itself whenever it has expired."""
        self._credentials = {"username": email, "password": password}
        return await self._log_in(self._credentials)

    async def _log_in(self, credentials: Mapping[str, str]) -> str:
        self.token = None
        answer = await self._ask("POST", "/tokens", data=credentials)
        self.token = str(answer.json()["access_token"])
        return self.token

    async def renew(self) -> bool:
        """Try to get a new token; False where none can ever be had, for want of a login or of the right password."""
        if self._credentials is None:
            return False
        try:
            await self._log_in(self._credentials)
        except httpx.TransportError:
            return True
        except ProblemError as error:
            return error.status != HTTPStatus.UNAUTHORIZED
        return True

    async def me(self) -> User:
        """The user who is logged in."""
        answer = await self._ask("GET", "/users/me")
        return User(**{field: answer.json()[field] for field in User.__dataclass_fields__})

    async def create_item(
        self, name: str, price: Decimal | str, description: str | None = None, *, key: str | None = None
    ) -> Item:
        """Store a new item; done once however often it is asked for under the same key."""
        body = {"name": name, "price": str(price), "description": description}
        return _item(await self._ask("POST", "/items", json=body, headers={"Idempotency-Key": key} if key else {}))

    async def read_item(self, number: int) -> Item:
        """Read one."""
        return _item(await self._ask("GET", f"/items/{number}"))

    async def list_items(self, **wanted: str | int) -> Page:
        """A page of items: limit, cursor, sort, name, min_price, max_price."""
        document = (await self._ask("GET", "/items", params=wanted)).json()
        return Page([Item.of(values) for values in document["data"]], document["page"]["next"])

    async def change_item(self, item: Item, **changes: str | Decimal | None) -> Item:
        """Change what is named, unless somebody else did meanwhile (ProblemError 412)."""
        body = {name: str(value) if isinstance(value, Decimal) else value for name, value in changes.items()}
        return _item(await self._ask("PATCH", f"/items/{item.id}", json=body, headers={"If-Match": item.etag}))

    async def delete_item(self, item: Item) -> None:
        """Remove it, unless somebody else changed it meanwhile (ProblemError 412)."""
        await self._ask("DELETE", f"/items/{item.id}", headers={"If-Match": item.etag})

    async def compute(self, number: int) -> dict[str, Any]:
        """The service's expensive computation."""
        result: dict[str, Any] = (await self._ask("GET", f"/compute/{number}")).json()
        return result

    def room(self, name: str, last_id: str | None = None) -> Room:
        """A room, from now on or from behind the event `last_id`."""
        return Room(self, name, last_id)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **content: Any,  # noqa: ANN401 - httpx's own
    ) -> httpx.Response:
        """Ask, once more with a new token where this one has expired.

        Raises:
            ProblemError: the answer is no success.
        """
        answer = await self._try(method, path, headers, content)
        expired = answer.status_code == HTTPStatus.UNAUTHORIZED and self.token is not None
        if expired and self._credentials:
            await self._log_in(self._credentials)
            answer = await self._try(method, path, headers, content)
        if not answer.is_success:
            raise ProblemError(answer)
        return answer

    async def _try(
        self, method: str, path: str, headers: Mapping[str, str] | None, content: dict[str, Any]
    ) -> httpx.Response:
        identity = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return await self._http.request(method, API + path, headers={**identity, **(headers or {})}, **content)


def _item(answer: httpx.Response) -> Item:
    return Item.of(answer.json(), answer.headers.get("etag", "*"))
