"""The OpenAPI documents: one of everything, one of each version, and every problem in its own media type."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from service.platform.errors import Problem, title

Document = dict[str, Any]
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457; `errors` lists what does not fit the schema, each with its JSON pointer (RFC 6901).",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "pointer", "code", "message"],
                "additionalProperties": {"type": "string"},
            },
        },
    },
}
CONTENT = {Problem.media_type: {"schema": {"$ref": "#/components/schemas/Problem"}}}
# Any operation may be answered with these, whatever it does.
ANYWHERE = (400, 404, 406, 410, 413, 422, 429, 500, 503)


def problems(*statuses: int) -> dict[int | str, Document]:
    """The answers of an operation that are problems, for its `responses`."""
    return {status: {"description": title(status), "content": CONTENT} for status in statuses}


def install(app: FastAPI, versions: Mapping[int, str]) -> None:
    """Serve the documents.

    Args:
        app: all its routes are there already.
        versions: the prefix of each version.
    """
    plain = app.openapi

    def openapi() -> Document:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way
    for number, prefix in versions.items():
        app.add_route(f"{prefix}/openapi.json", _serve(app, number, prefix), include_in_schema=False)


def _serve(app: FastAPI, number: int, prefix: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    async def document(_request: Request) -> JSONResponse:
        return JSONResponse(of_version(app.openapi(), number, prefix))

    return document


def _complete(document: Document) -> Document:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for operation in _operations(document):
        told = {str(status): answer for status, answer in problems(*ANYWHERE).items()}
        operation["responses"] = {**operation["responses"], **told}
    return document


def _operations(document: Document) -> Iterator[Document]:
    for path in document["paths"].values():
        yield from path.values()


def of_version(document: Document, number: int, prefix: str) -> Document:
    """The part of the document that is one version's."""
    paths = {path: item for path, item in document["paths"].items() if path.startswith(f"{prefix}/")}
    info = {**document["info"], "title": f"{document['info']['title']} v{number}"}
    components = document["components"]
    used = _used(paths, components["schemas"])
    schemas = {name: schema for name, schema in components["schemas"].items() if name in used}
    return {**document, "info": info, "paths": paths, "components": {**components, "schemas": schemas}}


def _used(node: object, schemas: Document) -> set[str]:
    """The names of the schemas that the node refers to, and those that they refer to."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        names = {reference.rpartition("/")[2] for reference in _references(waiting.pop())} - found
        found |= names
        waiting += [schemas[name] for name in names]
    return found


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)
