"""`docs/settings.md`: every setting, written from the model itself, so that the two cannot differ."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from service.environment import FILE, variable
from service.settings import Settings, secret_names

HEAD = f"""# Settings

Each is an environment variable. Those marked *secret* may instead be a file: one that the variable with `{FILE}` at
its end names, or one in `SLIPWAY_SECRETS_DIRECTORY`, named as the setting in lower case without its prefix. Such files
are read again while the service runs ([secrets](secrets.md)). An unknown `SLIPWAY_` variable, a value out of bounds and
what production must not do are refused at the start with exit code 78. Times are seconds, sizes bytes, lists JSON.

This page is written by `python -m service settings`.

| variable | default | allowed | meaning |
| --- | --- | --- | --- |
"""


def reference() -> str:
    """The page."""
    return HEAD + "".join(_rows())


def _rows() -> Iterator[str]:
    meanings, properties = _meanings(), Settings.model_json_schema()["properties"]
    for name, field in Settings.model_fields.items():
        secret = name in secret_names()
        default = "" if secret or field.default in (None, "", ()) else f"`{_plain(field.default)}`"
        allowed = "secret" if secret else _allowed(properties[name])
        yield f"| `{variable(name)}` | {default} | {allowed} | {meanings[name]} |\n"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return '["{}"]'.format('", "'.join(value)) if isinstance(value, tuple) else str(value)


def _allowed(schema: Mapping[str, Any]) -> str:
    """The bounds of a JSON schema in words."""
    if "anyOf" in schema:
        return _allowed(schema["anyOf"][0])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    words = {"minimum": "{} or more", "exclusiveMinimum": "more than {}", "maximum": "at most {}"}
    bounds = [text.format(f"{schema[key]:.9g}") for key, text in words.items() if key in schema]
    return ", ".join(bounds) or {"boolean": "`true`, `false`", "array": "list"}.get(schema["type"], "")


def _meanings() -> Mapping[str, str]:
    """The text under each field of the model."""
    (model,) = ast.parse(inspect.getsource(Settings)).body
    assert isinstance(model, ast.ClassDef)  # noqa: S101 - narrows the type
    return {
        field.target.id: str(text.value.value)
        for field, text in pairwise(model.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }
