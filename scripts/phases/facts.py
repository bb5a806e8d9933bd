"""Reads from the machine what preflight judges. Nothing here changes anything."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from scripts.analyzers.preflight import INOTIFY, Facts
from scripts.analyzers.versions import node_kubernetes, parse_version
from scripts.core.errors import ProgramFailed, ProgramMissing
from scripts.core.objects import Object, at
from scripts.core.parallel import ask_all
from scripts.phases import ports
from scripts.phases.context import Context


def gather(context: Context, *, nodes: int, port: int, image: str) -> Facts:
    """Everything preflight asks about, read at once.

    Args:
        context: The run.
        nodes: How many nodes the cluster shall have.
        port: The ingress host port.
        image: The node image, empty for kind's own.
    """
    questions: tuple[Callable[[], object], ...] = (
        lambda: _told(context.docker.version),
        lambda: _told(context.docker.info),
        lambda: _told(context.kind.version),
        lambda: _told(context.helm.version),
        lambda: _told(lambda: str(at(context.kubectl.version(), "clientVersion", "gitVersion"))),
        lambda: port_owner(context, port),
        lambda: _own_cluster_runs(context),
    )
    docker, info, kind, helm, kubectl, holder, runs = ask_all(lambda ask: ask(), questions)
    tools = {"kind": str(kind), "helm": str(helm), "kubectl": str(kubectl)}
    version = parse_version(tools["kind"])
    daemon = info if isinstance(info, dict) else {}
    return Facts(
        cluster=context.cluster,
        nodes=nodes,
        docker=docker if isinstance(docker, str | dict) else "",
        info=daemon,
        tools=tools,
        port=port,
        port_owner=str(holder),
        memory=memory_available(),
        disk=_disk_free(str(daemon.get("DockerRootDir", ""))),
        inotify=_inotify(),
        kubernetes=node_kubernetes(image, version) if version else None,
        own_cluster_runs=bool(runs),
    )


def port_owner(context: Context, port: int) -> str:
    """Who holds `port`, empty where it is free or held by this cluster's own control plane."""
    if ports.is_free(port):
        return ""
    with contextlib.suppress(ProgramFailed, ProgramMissing):
        containers = context.docker.publishers(port)
        if any(container == f"{context.cluster}-control-plane" for container in containers):
            return ""
        if containers:
            return f"the container {', '.join(containers)}"
    return ports.holder_of(port) or "a process that this user may not see"


def memory_available(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Bytes of memory that programs may still take, or None where the system does not say."""
    with contextlib.suppress(OSError):
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _own_cluster_runs(context: Context) -> bool:
    with contextlib.suppress(ProgramFailed, ProgramMissing):
        return any(node.running for node in context.docker.nodes(context.cluster))
    return False


def _told(ask: Callable[[], str | Object]) -> str | Object:
    try:
        return ask()
    except ProgramMissing as error:
        return f"!{error.sentence}"
    except ProgramFailed as error:
        return f"!{error.reason}"
    except json.JSONDecodeError as error:
        return f"!it does not answer in JSON: {error}"


def _disk_free(folder: str) -> int | None:
    for place in (folder, "/"):
        if place and os.access(place, os.X_OK):
            return shutil.disk_usage(place).free
    return None


def _inotify() -> dict[str, int]:
    limits = {}
    for name in INOTIFY:
        with contextlib.suppress(OSError, ValueError):
            limits[name] = int(Path("/proc/sys/fs/inotify", name).read_text())
    return limits
