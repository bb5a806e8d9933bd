"""A layer of ours is ASGI and nothing else: one by BaseHTTPMiddleware costs about twice the whole framework."""

import ast
from pathlib import Path

import pytest

SERVICE = Path(__file__).parents[2] / "service"


def offences(source: str) -> list[str]:
    """Where the source makes a layer by a base class, a decorator or a function to call next."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute | ast.Name | ast.alias)]
    names = [(node.lineno, getattr(node, "attr", None) or getattr(node, "id", None) or node.name) for node in found]  # type: ignore[union-attr]
    return [f"line {line}: {name}" for line, name in names if name in {"BaseHTTPMiddleware", "middleware"}]


def test_no_layer_is_made_the_expensive_way() -> None:
    found = {path.name: offences(path.read_text()) for path in SERVICE.rglob("*.py")}
    assert len(found) > 30
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from starlette.middleware.base import BaseHTTPMiddleware as Base",
        "import starlette.middleware.base as base\nclass A(base.BaseHTTPMiddleware): ...",
        "@app.middleware('http')\nasync def layer(request, call_next): ...",
    ],
)
def test_each_expensive_way_is_seen(source: str) -> None:
    assert offences(source)
