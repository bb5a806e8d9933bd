"""Decides what the n-th request of a run is, and writes it out in bytes."""

import json
import random
import secrets
from dataclasses import dataclass, field

from scripts.load.items import ItemId, ItemPool
from scripts.load.spec import LoadSpec
from scripts.load.traffic import Kind

_UNIQUE = b"{unique}"


@dataclass(frozen=True, slots=True)
class Order:
    """One request as it will be sent, once.

    Attributes:
        kind: What it is.
        kept: Whether a kept connection may carry it.
        item: The item it holds while it is under way.
        path: Path and query.
        request_id: Its `X-Request-ID`.
        wire: The bytes.
    """

    kind: Kind
    kept: bool
    item: ItemId | None
    path: str
    request_id: str
    wire: bytes = field(repr=False)


class Orders:
    """Draws requests by weight; the same seed draws the same kinds in the same order."""

    def __init__(self, spec: LoadSpec, items: ItemPool) -> None:
        self._spec = spec
        self._items = items
        self._run = secrets.token_hex(4)
        self._random = random.Random(spec.seed)  # noqa: S311 - a mix of traffic, not a secret
        self._weights = [kind.weight for kind in spec.traffic]
        self._creating = next((kind for kind in spec.traffic if kind.creates), None)
        self._bodies = {kind.name: _template(kind) for kind in spec.traffic}

    def next(self, index: int) -> Order:
        """Make the request with this index, from 0."""
        kind, item = self._with_item(self._random.choices(self._spec.traffic, self._weights)[0])
        kept = self._is_kept(index)
        request_id = f"load-{self._run}-{index:07d}"
        path = kind.path if item is None else kind.path.replace("{item}", str(item))
        wire = self._wire(kind, path, request_id, kept=kept)
        return Order(kind, kept, item, path, request_id, wire)

    def _with_item(self, kind: Kind) -> tuple[Kind, ItemId | None]:
        if not kind.needs_item:
            return kind, None
        item = self._items.take()
        if item is None and self._creating is not None:
            # Nothing to read, change or delete yet: make it instead.
            return self._creating, None
        return kind, item

    def _is_kept(self, index: int) -> bool:
        share = self._spec.kept_share
        return int((index + 1) * share) > int(index * share)

    def _wire(self, kind: Kind, path: str, request_id: str, *, kept: bool) -> bytes:
        lines = [f"{kind.method} {path} HTTP/1.1", f"Host: {self._spec.target.authority}"]
        lines += [f"X-Request-ID: {request_id}", "User-Agent: slipway-load", "Accept: application/json"]
        if self._spec.token is not None:
            lines.append(f"Authorization: Bearer {self._spec.token()}")
        if not kept:
            lines.append("Connection: close")
        body = self._bodies[kind.name].replace(_UNIQUE, request_id.encode())
        if kind.body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _template(kind: Kind) -> bytes:
    return b"" if kind.body is None else json.dumps(kind.body).encode()
