"""Definitions of kinds that Kubernetes does not bring itself, read from a folder that CRDS names.

They are those of the Prometheus operator, the Gateway API and cert-manager, as each project publishes them.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.chart.rendering import Document

FOLDER = os.environ.get("CRDS", "")


def validate(document: Document) -> None:
    """Hold the object against its definition, in which every key is known.

    Raises:
        ValidationError: it is not as the definition says.
    """
    name, kind = document["apiVersion"], document["kind"]
    if not FOLDER:
        pytest.skip("CRDS names no folder of definitions")
    found = _definitions(FOLDER).get((name, kind))
    if found is None:
        pytest.skip(f"{FOLDER} has no definition of {kind} in {name}")
    Draft202012Validator(found).validate(document)


@cache
def _definitions(folder: str) -> dict[tuple[str, str], Document]:
    documents = [each for path in Path(folder).rglob("*.yaml") for each in yaml.safe_load_all(path.read_text())]
    return {
        (f"{each['spec']['group']}/{version['name']}", each["spec"]["names"]["kind"]): _closed(
            version["schema"]["openAPIV3Schema"]
        )
        for each in documents
        if each and each["kind"] == "CustomResourceDefinition"
        for version in each["spec"]["versions"]
    }


def _closed(node: Any) -> Any:
    """The schema, in which an object has no keys but those it names; the API server drops others without a word."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    if "properties" in node and node.get("type") == "object" and not node.get("x-kubernetes-preserve-unknown-fields"):
        closed.setdefault("additionalProperties", False)
    if "metadata" in node.get("properties", {}):
        closed["properties"]["metadata"] = {"type": "object"}
    return closed
