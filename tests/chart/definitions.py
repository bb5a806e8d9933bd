"""Definitions of kinds that Kubernetes does not bring itself, read from a folder that CRD_DIRECTORY names.

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

FOLDER = os.environ.get("CRD_DIRECTORY", "")


class Loader(yaml.SafeLoader):
    """Reads `=` as the text that it is there, and not as YAML 1.1's default value."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda _loader, node: str(node.value))


def validate(document: Document) -> None:
    """Hold the object against its definition, in which every key is known.

    Raises:
        ValidationError: it is not as the definition says.
    """
    if not FOLDER:
        pytest.skip("CRD_DIRECTORY names no folder of definitions")
    name, kind = document["apiVersion"], document["kind"]
    found = _versions(kind).get(name)
    if found is None:
        pytest.skip(f"{FOLDER} has no definition of {kind} in {name}")
    Draft202012Validator(found).validate(document)


@cache
def _versions(kind: str) -> dict[str, Document]:
    """The schemas of a kind, by group and version; files that do not name it are not parsed, as they are long."""
    texts = [text for path in sorted(Path(FOLDER).rglob("*.yaml")) if f" kind: {kind}\n" in (text := path.read_text())]
    documents = [each for text in texts for each in yaml.load_all(text, Loader)]
    return {
        f"{each['spec']['group']}/{version['name']}": _closed(version["schema"]["openAPIV3Schema"])
        for each in documents
        if each and each["kind"] == "CustomResourceDefinition" and each["spec"]["names"]["kind"] == kind
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
