"""Which route answered a request."""

from starlette.types import Scope


def template_of(scope: Scope) -> str | None:
    """The full path template of the route that was chosen; None before the router ran, and where none matched.

    FastAPI notes the route as its router declared it, without the prefix of its inclusion, and beside it the effective
    one. Of routes that are not its own it notes the endpoint only.
    """
    context = scope.get("fastapi", {}).get("effective_route_context")
    found = (getattr(context, "starlette_route", None) or context) if context else scope.get("route")
    return getattr(found, "path", None) or _literal(scope)


def _literal(scope: Scope) -> str | None:
    """The path where it has no parameters, and so is the template; of a mount the path that it has."""
    if "endpoint" not in scope:
        return None
    if "app_root_path" in scope:
        return str(scope["root_path"]).removeprefix(scope["app_root_path"])
    return None if scope["path_params"] else str(scope["path"]).rstrip("\n")  # a route's pattern lets that one pass
