"""An object changed past Helm, and given back without a trace."""

import contextlib
from collections.abc import Iterator
from typing import Any

from scripts.core.kube import Api
from scripts.core.objects import Object, at

MANAGER = "slipway-drill"


@contextlib.contextmanager
def by_hand(api: Api, path: str, change: Object) -> Iterator[None]:
    """Merge a change into an object for as long as the block runs; afterwards its values are as before.

    Helm applies on the server, so whoever changed a field owns it, and the next upgrade that changes it is refused. So
    the ownership is given up, too (KEP-555).
    """
    before = api.get(path) or {}
    _patch(api, path, change)
    try:
        yield
    finally:
        _patch(api, path, as_in(before, change))
        managers = at(api.get(path), "metadata", "managedFields", default=[])
        others = [manager for manager in managers if manager.get("manager") != MANAGER]
        _patch(api, path, {"metadata": {"managedFields": others}})


def _patch(api: Api, path: str, change: Object) -> None:
    api.patch(f"{path}?fieldManager={MANAGER}", change)


def as_in(before: Any, change: Any) -> Any:  # noqa: ANN401 - values of JSON
    """The change that takes a change back: what was there before, and null where there was nothing (RFC 7396)."""
    if not isinstance(change, dict):
        return before
    return {key: as_in(at(before, key), value) for key, value in change.items()}
