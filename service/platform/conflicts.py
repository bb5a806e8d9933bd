"""Routes that nobody could reach are found when the service starts, not when somebody misses them."""

from collections.abc import Iterable

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, compile_path


class ConflictingRoutesError(Exception):
    """A route is hidden by one before it."""


def refuse(routes: Iterable[BaseRoute]) -> None:
    """Let nothing pass of which an earlier route takes every request: the same path, or one with a wider pattern.

    Raises:
        ConflictingRoutesError: names both.
    """
    earlier: list[tuple[str, str]] = []
    for route in iter_route_contexts(list(routes)):
        path = route.path
        for method in sorted(getattr(route, "methods", None) or ()):
            for other_method, other in earlier:
                if path and method == other_method and compile_path(other)[0].match(path):
                    raise ConflictingRoutesError(f"{method} {path} is never reached: {other} comes before it")
            earlier.append((method, path or ""))
