"""What a machine must have: checks are data, made from facts that were read before."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from scripts.analyzers.kind_configs import needs_cgroup_patch
from scripts.analyzers.names import name_fault
from scripts.analyzers.versions import Version, parse_version
from scripts.core.objects import Object, at

Status = Literal["pass", "warn", "fail"]

GIB = 2**30
API_MINIMUM = Version(1, 41)
KIND_MINIMUM = Version(0, 27, 0)
HELM_MINIMUM = Version(3, 17, 0)
KUBECTL_SKEW = 1
DISK_MINIMUM = 4 * GIB
DISK_GOOD = 10 * GIB
CONTROL_PLANE_MEMORY = 2 * GIB
WORKER_MEMORY = GIB
INOTIFY = {"max_user_watches": (65536, 524288), "max_user_instances": (128, 512)}


@dataclass(frozen=True)
class Check:
    """One check: its stable id, how it went, what was seen, and what to do."""

    id: str
    status: Status
    evidence: str
    fix: str = ""


@dataclass(frozen=True)
class Facts:
    """What was read from the machine; a text that begins with `!` is the reason why something could not be read.

    Attributes:
        cluster: The name asked for.
        nodes: How many nodes.
        docker: `docker version`, or the reason there is none.
        info: `docker info`.
        tools: What kind, helm and kubectl say of their version.
        port: The ingress host port.
        port_owner: Who holds it, empty where it is free or held by our own cluster.
        memory: Bytes available, or None.
        disk: Bytes free where docker keeps its data, or None.
        inotify: The limits by name.
        kubernetes: The Kubernetes version of the node image, or None.
        own_cluster_runs: Whether our own cluster already runs, so that room for it is no question.
    """

    cluster: str
    nodes: int
    docker: Object | str
    info: Object
    tools: dict[str, str]
    port: int
    port_owner: str = ""
    memory: int | None = None
    disk: int | None = None
    inotify: dict[str, int] = field(default_factory=dict)
    kubernetes: Version | None = None
    own_cluster_runs: bool = False


def preflight_checks(facts: Facts) -> list[Check]:
    """Every check that the facts allow, in the order of cause."""
    groups: tuple[Callable[[Facts], Iterator[Check]], ...] = (_name, _docker, _tools, _cgroup, _port, _room, _inotify)
    return [check for group in groups for check in group(facts)]


def _name(facts: Facts) -> Iterator[Check]:
    fault = name_fault(facts.cluster)
    if fault:
        yield Check("name", "fail", f"The cluster name {facts.cluster!r} {fault}.", "Choose another --cluster.")
    else:
        yield Check("name", "pass", facts.cluster)


def _docker(facts: Facts) -> Iterator[Check]:
    if isinstance(facts.docker, str):
        yield _absent_docker(facts.docker)
        return
    engine = str(at(facts.docker, "Server", "Version", default="unknown"))
    api = parse_version(str(at(facts.docker, "Server", "ApiVersion", default="")))
    if api is None or api < API_MINIMUM:
        told = f"Docker {engine} speaks API {api or 'unknown'}, and kind needs {API_MINIMUM.major}.{API_MINIMUM.minor}"
        yield Check("docker.version", "fail", f"{told} or later.", "Upgrade Docker to 20.10 or later.")
    else:
        yield Check("docker.version", "pass", f"engine {engine}, API {api.major}.{api.minor}")


def _absent_docker(reason: str) -> Check:
    if "not on PATH" in reason:
        fix = "Install Docker Engine (https://docs.docker.com/engine/install/) and start it."
        return Check("docker.version", "fail", "Docker is not installed: no `docker` on PATH.", fix)
    fix = "Start the daemon (`systemctl start docker`) and see that this user may talk to it."
    return Check("docker.version", "fail", f"The Docker daemon does not answer: {reason.lstrip('!').rstrip('.')}.", fix)


def _tools(facts: Facts) -> Iterator[Check]:
    yield _tool(facts, "kind", KIND_MINIMUM, "https://kind.sigs.k8s.io/docs/user/quick-start/#installation")
    yield _tool(facts, "helm", HELM_MINIMUM, "https://helm.sh/docs/intro/install/")
    yield _kubectl(facts)


def _tool(facts: Facts, name: str, minimum: Version, address: str) -> Check:
    said = facts.tools.get(name, "!it was not asked")
    if said.startswith("!"):
        return Check(f"tools.{name}", "fail", said[1:], f"Install {name} {minimum} or later ({address}).")
    version = parse_version(said)
    if version is None:
        return Check(f"tools.{name}", "fail", f"{name} gives no version: {said!r}.", f"Install {name} ({address}).")
    if version < minimum:
        told = f"{name} {version} is too old: {minimum} or later is needed."
        return Check(f"tools.{name}", "fail", told, f"Upgrade {name} ({address}).")
    return Check(f"tools.{name}", "pass", f"{name} {version}")


def _kubectl(facts: Facts) -> Check:
    found = _tool(facts, "kubectl", Version(1, 0), "https://kubernetes.io/docs/tasks/tools/")
    version, wanted = parse_version(facts.tools.get("kubectl", "")), facts.kubernetes
    if found.status != "pass" or version is None or wanted is None:
        return found
    if abs(version.minor - wanted.minor) > KUBECTL_SKEW:
        told = f"kubectl {version} is more than one minor version from Kubernetes {wanted}"
        return Check("tools.kubectl", "warn", told, f"Use kubectl {wanted.major}.{wanted.minor}.")
    return found


def _cgroup(facts: Facts) -> Iterator[Check]:
    cgroup = str(facts.info.get("CgroupVersion", ""))
    if not cgroup:
        return
    if needs_cgroup_patch(cgroup, facts.kubernetes):
        told = f"cgroup v1, and Kubernetes {facts.kubernetes} needs to be told that it may run there"
        yield Check("docker.cgroup", "warn", told, "The kubelet setting failCgroupV1: false is added to the cluster.")
    else:
        yield Check("docker.cgroup", "pass", f"cgroup v{cgroup}")
    if "name=rootless" in str(facts.info.get("SecurityOptions")) and cgroup == "1":
        told = "Docker runs rootless on cgroup v1, where kind refuses to work."
        yield Check("docker.rootless", "fail", told, "Use cgroup v2, or Docker as root.")


def _port(facts: Facts) -> Iterator[Check]:
    if facts.port_owner:
        told = f"Port {facts.port} of 127.0.0.1 is taken by {facts.port_owner}."
        yield Check("net.port", "fail", told, "Stop it, or choose another port: slipway up --port 8081.")
    else:
        yield Check("net.port", "pass", f"127.0.0.1:{facts.port}")


def _room(facts: Facts) -> Iterator[Check]:
    if facts.own_cluster_runs:
        return
    needed = CONTROL_PLANE_MEMORY + WORKER_MEMORY * (facts.nodes - 1)
    if facts.memory is not None:
        yield _enough("host.memory", "memory", facts.memory, needed, needed)
    if facts.disk is not None:
        yield _enough("host.disk", "disk space for Docker", facts.disk, DISK_MINIMUM, DISK_GOOD)


def _enough(check: str, what: str, there: int, needed: int, good: int) -> Check:
    told = f"{there / GIB:.1f} GiB of {what} are free"
    if there < needed:
        return Check(check, "fail", f"Only {told}; {needed / GIB:.0f} GiB are needed.", "Free some and try again.")
    if there < good:
        return Check(check, "warn", f"{told}; nodes evict pods when it runs out", "Free some: docker system df.")
    return Check(check, "pass", told)


def _inotify(facts: Facts) -> Iterator[Check]:
    low = [f"{name} is {there}" for name, there in facts.inotify.items() if there < _inotify_needed(name, facts.nodes)]
    if low:
        wanted = ", ".join(f"fs.inotify.{name}={good}" for name, (_, good) in INOTIFY.items())
        told = f"{' and '.join(low)}: pods may fail with `too many open files`"
        yield Check("host.inotify", "warn", told, f"Set {wanted} with sysctl.")
    elif facts.inotify:
        yield Check("host.inotify", "pass", ", ".join(f"{name} {there}" for name, there in facts.inotify.items()))


def _inotify_needed(name: str, nodes: int) -> int:
    lowest, good = INOTIFY[name]
    return good if nodes > 1 else lowest + 1
