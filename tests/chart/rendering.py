"""The real `helm template`, its answers parsed and kept: what is compared is documents, never text."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "slipway"
DEVELOPMENT = CHART / "profiles" / "dev.yaml"
INSTALLED = tuple(name for name in ("helm", "helm3") if shutil.which(name))
SECONDS = 30


class RefusedError(Exception):
    """Helm did not render; the text is its sentence, in one line."""


def run(helm: str, *arguments: str) -> str:
    """What a Helm command prints, with nothing of the user's own configuration.

    Raises:
        RefusedError: it ended with an error.
    """
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": os.environ["PATH"], "HOME": home}
        done = subprocess.run(
            [helm, *arguments], capture_output=True, text=True, env=environment, timeout=SECONDS, check=False
        )
    if done.returncode:
        raise RefusedError(" ".join(done.stderr.split()))
    return done.stdout


def template(
    helm: str,
    values: Document | None = None,
    *,
    files: tuple[Path, ...] = (),
    sets: tuple[str, ...] = (),
    release: str = "slipway",
    kube: str = "1.34",
    chart: Path = CHART,
    apis: tuple[str, ...] = (),
    fresh: bool = False,
) -> list[Document]:
    """The objects that a release in the namespace `slipway` consists of.

    Args:
        helm: name of the program.
        values: values beside the files, which they override.
        files: values files.
        sets: arguments of `--set`.
        release: name of the release.
        kube: Kubernetes version that Helm is told.
        chart: the chart, where it is another one.
        apis: what the cluster knows beside Kubernetes' own, as `group/version/kind`.
        fresh: whether to render again what was rendered before.

    Raises:
        RefusedError: Helm refuses the values.
    """
    render = _text.__wrapped__ if fresh else _text
    return parse(render(helm, json.dumps(values or {}), files, sets, release, kube, chart, apis))


def templates_of(helm: str, values: Document) -> set[str]:
    """The templates that make an object of these values, as paths in the chart's folder of templates."""
    text = _text(helm, json.dumps(values), (), (), "slipway", "1.34", CHART, ())
    return set(re.findall(r"^# Source: slipway/templates/(.+)$", text, re.MULTILINE))


@cache
def _text(  # noqa: PLR0917 - the key of the cache
    helm: str,
    values: str,
    files: tuple[Path, ...],
    sets: tuple[str, ...],
    release: str,
    kube: str,
    chart: Path,
    apis: tuple[str, ...],
) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(values)
        file.flush()
        options = [f"--values={path}" for path in (*files, Path(file.name))]
        options += [*(f"--set={text}" for text in sets), *(f"--api-versions={name}" for name in apis)]
        return run(helm, "template", release, str(chart), "--namespace=slipway", f"--kube-version={kube}", *options)


def parse(text: str) -> list[Document]:
    """The documents of a YAML text, without empty ones."""
    return [document for document in yaml.load_all(text, yaml.CSafeLoader) if document]


def of_kind(documents: list[Document], kind: str) -> list[Document]:
    """The documents of one kind."""
    return [document for document in documents if document["kind"] == kind]


def one(documents: list[Document], kind: str) -> Document:
    """The only document of a kind."""
    (document,) = of_kind(documents, kind)
    return document


def service_of(documents: list[Document]) -> Document:
    """The Service that clients use; those of the test and of a monitor are others."""
    component = "app.kubernetes.io/component"
    (found,) = [each for each in of_kind(documents, "Service") if each["metadata"]["labels"][component] == "api"]
    return found


def settings_of(documents: list[Document]) -> dict[str, str]:
    """The variables that the pods are given, as the ConfigMap has them that the Deployment names."""
    containers = one(documents, "Deployment")["spec"]["template"]["spec"]["containers"]
    (own,) = [container for container in containers if container["name"] == "slipway"]
    name = own["envFrom"][0]["configMapRef"]["name"]
    (found,) = [each["data"] for each in of_kind(documents, "ConfigMap") if each["metadata"]["name"] == name]
    variables: dict[str, str] = found
    return variables


def identity(document: Document) -> tuple[str, str, str]:
    """Kind, namespace and name."""
    metadata = document["metadata"]
    return document["kind"], metadata.get("namespace", ""), metadata["name"]


def by_identity(documents: list[Document]) -> dict[tuple[str, str, str], Document]:
    """The documents by their identity, which no two share."""
    found = {identity(document): document for document in documents}
    assert len(found) == len(documents), "two objects of one name"
    return found


def pods(documents: list[Document]) -> list[tuple[str, Document]]:
    """Name and pod (metadata and spec) of everything that runs one."""
    found = []
    for document in documents:
        kind, _, name = identity(document)
        if kind == "Pod":
            found.append((f"{kind}/{name}", document))
        elif "template" in document.get("spec", {}):
            found.append((f"{kind}/{name}", document["spec"]["template"]))
    return found


def files(pod: Document) -> dict[str, tuple[str, str]]:
    """Of each secret file: the Secret and its key."""
    volume = next(volume for volume in pod["spec"]["volumes"] if volume["name"] == "secrets")
    assert volume["projected"]["defaultMode"] == 0o440
    sources = [source["secret"] for source in volume["projected"]["sources"]]
    return {item["path"]: (source["name"], item["key"]) for source in sources for item in source["items"]}
