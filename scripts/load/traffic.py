"""What is sent: kinds of requests as data, each with its weight and the statuses that count as success."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.load.errors import LoadError

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_PATH = re.compile(r"/[!-~]*")
_STATUSES = range(200, 600)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request.

    A `POST` that expects 201 creates an item: the `id` in its answer is kept. `{item}` in the path stands for the id of
    an item that this run created; no two requests hold the same item at a time, and a `DELETE` takes it for good.
    `{unique}` in the body stands for a text that no other request carries.

    Attributes:
        name: Name in the result.
        method: GET, POST, PUT, PATCH or DELETE.
        path: Path and query; visible ASCII only, already percent-encoded.
        weight: Share of the traffic, relative to the other kinds.
        expect: Statuses that count as success.
        body: Sent as JSON.
    """

    name: str
    method: str
    path: str
    weight: float
    expect: frozenset[int]
    body: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        if self.method not in _METHODS:
            raise LoadError(f"Request kind {self.name!r}: method {self.method!r} is none of {sorted(_METHODS)}.")
        if not _PATH.fullmatch(self.path):
            raise LoadError(f"Request kind {self.name!r}: path {self.path!r} must begin with / and be visible ASCII.")
        if not self.weight > 0:
            raise LoadError(f"Request kind {self.name!r}: weight {self.weight} must be greater than 0.")
        if not self.expect or not all(status in _STATUSES for status in self.expect):
            raise LoadError(f"Request kind {self.name!r}: expect needs statuses from 200 to 599.")

    @property
    def needs_item(self) -> bool:
        """Whether the path names an item that must exist."""
        return "{item}" in self.path

    @property
    def creates(self) -> bool:
        """Whether a success leaves an item behind."""
        return self.method == "POST" and 201 in self.expect  # noqa: PLR2004

    @property
    def removes(self) -> bool:
        """Whether a success takes its item away."""
        return self.method == "DELETE" and self.needs_item


def check_traffic(kinds: Sequence[Kind]) -> None:
    """Refuse a plan that could not be carried out.

    Raises:
        LoadError: No kind, two kinds of one name, or a kind that needs an item where none creates one.
    """
    names = [kind.name for kind in kinds]
    if not kinds or len(set(names)) != len(names):
        raise LoadError(f"A load needs request kinds with names of their own, not {names}.")
    needy = [kind.name for kind in kinds if kind.needs_item]
    if needy and not any(kind.creates for kind in kinds):
        raise LoadError(f"Request kinds {needy} need an item and no kind creates one: add a POST that expects 201.")


_ITEMS = "/api/v1/items"
_NEW = {"name": "{unique}", "description": "made by the load client", "price": 9.99}

# Liveness, not readiness: a draining pod answers readiness with 503 on purpose while it still serves.
ITEM_TRAFFIC = (
    Kind("list", "GET", f"{_ITEMS}?limit=20", 30, frozenset({200})),
    Kind("read", "GET", f"{_ITEMS}/{{item}}", 40, frozenset({200})),
    Kind("live", "GET", "/health/live", 10, frozenset({200})),
    Kind("create", "POST", _ITEMS, 10, frozenset({201}), _NEW),
    Kind("update", "PATCH", f"{_ITEMS}/{{item}}", 6, frozenset({200}), {"description": "{unique}"}),
    Kind("delete", "DELETE", f"{_ITEMS}/{{item}}", 4, frozenset({204})),
)
"""80 % reads, 20 % writes against the items of the service."""
