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
        ("cert-manager.io/v1", "Certificate"),
        ("external-secrets.io/v1", "ExternalSecret"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("keda.sh/v1alpha1", "ScaledObject"),
        ("monitoring.coreos.com/v1", "PodMonitor"),
        ("monitoring.coreos.com/v1", "PrometheusRule"),
        ("monitoring.coreos.com/v1", "ServiceMonitor"),
        ("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass"),
    }
)


class Loader(yaml.CSafeLoader):
    """Reads `=` as the text that it is there, and not as YAML 1.1's default value."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda _loader, node: str(node.value))


def kind_of(document: Document) -> tuple[str, str]:
    """API version and kind."""
    return document["apiVersion"], document["kind"]


def is_custom(document: Document) -> bool:
    """Whether Kubernetes itself does not know the object."""
    return kind_of(document) in CUSTOM


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
    # The definition itself is not checked: its patterns are Go's, and Python cannot read all of them.
    jsonschema.Draft202012Validator(definitions()[kind_of(document)]).validate(document)


def check(document: Document, version: str) -> None:
    """Hold an object against the schema of its kind; a custom resource without a definition here is not looked at.

    Raises:
        ValidationError: it does not fit.
    """
    if not is_custom(document):
        validate(document, version)
    elif kind_of(document) in definitions():
        validate_custom(document)


@cache
def definitions() -> dict[tuple[str, str], Document]:
    """The schemas by API version and kind; none without CRD_DIRECTORY."""
    folder = os.environ.get("CRD_DIRECTORY")
    files = sorted(Path(folder).rglob("*.yaml")) if folder else []
    texts = [text for text in map(Path.read_text, files) if _of_interest(text)]
    return {key: schema for text in texts for key, schema in _schemas(text).items()}


def _of_interest(text: str) -> bool:
    """Whether it names a kind of the chart; definitions are long, so others are not parsed."""
    return any(f" kind: {kind}\n" in text for _, kind in CUSTOM)


def _schemas(text: str) -> dict[tuple[str, str], Document]:
    documents = yaml.load_all(text, Loader)
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
