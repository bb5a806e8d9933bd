"""The parts of the image as a CycloneDX 1.6 document (ECMA-424): every locked package, and the image below.

The same locks give the same bytes: no moment and no random number is in it.
"""

import json
import re
import uuid
from typing import Any

import yaml

from tests.chart.rendering import CHART, ROOT

LOCK = ROOT / "requirements" / "service.txt"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
BASE = re.compile(r"^ARG PYTHON_IMAGE=(\S+):(\S+)$", re.MULTILINE)


def sbom() -> str:
    """The document, as JSON."""
    components = [_base(), *(_package(name, version) for name, version in sorted(PIN.findall(LOCK.read_text())))]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _component("container", chart["name"], chart["appVersion"], "")},
        "components": components,
    }
    number = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(document, sort_keys=True))
    return json.dumps({**document, "serialNumber": f"urn:uuid:{number}"}, indent=2) + "\n"


def _base() -> dict[str, Any]:
    (found,) = BASE.findall((ROOT / "Dockerfile").read_text())
    name, tag = found
    return _component("container", name, tag, f"pkg:docker/{name}@{tag}")


def _package(name: str, version: str) -> dict[str, Any]:
    return _component("library", name, version, f"pkg:pypi/{name.lower()}@{version}")


def _component(kind: str, name: str, version: str, purl: str) -> dict[str, Any]:
    """One part; `purl` is its package URL, which is also how the document refers to it."""
    named = {"purl": purl, "bom-ref": purl} if purl else {}
    return {"type": kind, "name": name, "version": version, **named}
