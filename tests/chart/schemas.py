"""The schemas that the API server holds objects against: Kubernetes' own, and those of custom resources.

The definitions of custom resources are looked for in the folder that CRD_DIRECTORY names, at any depth.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

Document = dict[str, Any]

CUSTOM = frozenset(
    {
        ("autoscaling.k8s.io/v1", "VerticalPodAutoscaler"),
        ("external-secrets.io/v1", "ExternalSecret"),
        ("keda.sh/v1alpha1", "ScaledObject"),
        ("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass"),
    }
)


def is_custom(document: Document) -> bool:
    """Whether Kubernetes itself does not know the object."""
    return (document["apiVersion"], document["kind"]) in CUSTOM


def validate(document: Document, version: str) -> None:
    """Hold an object that Kubernetes knows against that version's schema, which lets no unknown field pass.

    Raises:
        kubernetes_validate.ValidationError: it does not fit.
        kubernetes_validate.SchemaNotFoundError: this version has no such kind.
    """
    kubernetes_validate.validate(document, version, strict=True)


def validate_custom(document: Document) -> None:
    """Hold a custom resource against its definition, strictly, too.

    Raises:
        jsonschema.ValidationError: it does not fit.
        KeyError: CRD_DIRECTORY has no definition of it.
    """
    jsonschema.validate(document, definitions()[document["apiVersion"], document["kind"]])


@cache
def definitions() -> dict[tuple[str, str], Document]:
    """The schemas by API version and kind; none without CRD_DIRECTORY."""
    folder = os.environ.get("CRD_DIRECTORY")
    files = sorted(Path(folder).rglob("*.yaml")) if folder else []
    return {key: schema for path in files for key, schema in _of_file(path).items()}


def _of_file(path: Path) -> dict[tuple[str, str], Document]:
    documents = yaml.load_all(path.read_text(), yaml.CSafeLoader)
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): _closed(version["schema"]["openAPIV3Schema"])
        for document in documents
        if document and document.get("kind") == "CustomResourceDefinition"
        for spec in [document["spec"]]
        for version in spec["versions"]
    }


def _closed(schema: Any) -> Any:
    """The schema with every object closed that names its fields; the metadata is Kubernetes' own."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        closed.setdefault("additionalProperties", False)
    return closed
