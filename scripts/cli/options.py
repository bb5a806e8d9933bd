"""The options that several verbs share, and what each of them means."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Nodes(StrEnum):
    """How many nodes."""

    ONE = "one"
    THREE = "three"


Cluster = Annotated[
    str,
    typer.Option("--cluster", envvar="SLIPWAY_CLUSTER", help="Name of the kind cluster, and of its docker network."),
]
Json = Annotated[bool, typer.Option("--json", help="Write NDJSON events to stdout; the last line is the result.")]
Timeout = Annotated[float, typer.Option("--timeout", min=1.0, help="Seconds that one wait may take.")]
Port = Annotated[
    int,
    typer.Option("--port", envvar="SLIPWAY_INGRESS_PORT", min=1, max=65535, help="Port of 127.0.0.1 for the Ingress."),
]
NodeImage = Annotated[
    str,
    typer.Option("--node-image", envvar="SLIPWAY_NODE_IMAGE", help="As kindest/node:v1.34.4; else kind's own."),
]
NodesOption = Annotated[Nodes, typer.Option("--nodes", help="k8s/kind/one-node.yaml or three-nodes.yaml.")]
Recreate = Annotated[
    bool, typer.Option("--recreate", help="Replace a cluster that runs with another configuration, with all it holds.")
]
Values = Annotated[
    list[Path] | None, typer.Option("--values", "-f", help="A values file over the development profile; repeatable.")
]
Set = Annotated[list[str] | None, typer.Option("--set", help="One chart value, as key=value; repeatable.")]
ImageTag = Annotated[str, typer.Option("--image-tag", help="A tag that exists, instead of building one.")]
KeepImages = Annotated[bool, typer.Option("--keep-images", help="Leave the built images in docker.")]
Arguments = Annotated[list[str] | None, typer.Argument(help="For pytest, after `--`.")]

DEFAULT_CLUSTER = "slipway"
DEFAULT_PORT = 8080
DEFAULT_TIMEOUT = 300.0
