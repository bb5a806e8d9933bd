"""Preflight: is everything here that the run needs? It never changes the machine."""

from dataclasses import dataclass

from scripts.analyzers.kind_configs import node_image
from scripts.analyzers.preflight import Check, Facts, preflight_checks
from scripts.core.errors import PreflightError
from scripts.core.objects import Object
from scripts.phases.cluster_file import Wish, cluster_file
from scripts.phases.context import Context, Outcome
from scripts.phases.facts import gather

PHASE = "preflight"


@dataclass(frozen=True)
class Flight(Outcome):
    """What preflight found out that later phases need."""

    facts: Facts

    @property
    def containerd_store(self) -> bool:
        """Whether docker keeps its images in containerd, where an image may lack the layers of other platforms."""
        return has_containerd_store(self.facts.info)


def preflight(context: Context, wish: Wish) -> Flight:
    """Check the machine for the cluster that is wished for.

    Raises:
        PreflightError: At least one check failed; its sentence is that of the first one, the cause of others perhaps.
    """
    file = cluster_file(context.project, wish.nodes)
    voice = context.voice(PHASE)
    with voice.waiting("docker, kind, helm and kubectl to say their versions"):
        nodes = len(file.get("nodes") or [{}])
        facts = gather(context, nodes=nodes, port=wish.port, image=wish.image or node_image(file))
    checks = preflight_checks(facts)
    for check in checks:
        if check.status != "pass":
            voice.say(check.status, check.id, f"{check.evidence} {check.fix}".strip(), code=check.id)
    _refuse([check for check in checks if check.status == "fail"])
    return Flight(changed=False, message=f"{len(checks)} checks passed{_warned(checks)}", facts=facts)


def has_containerd_store(info: Object) -> bool:
    """Whether `docker info` tells of the containerd image store."""
    return "io.containerd.snapshotter.v1" in str(info.get("DriverStatus", ""))


def _warned(checks: list[Check]) -> str:
    count = sum(check.status == "warn" for check in checks)
    return f", {count} with a warning" if count else ""


def _refuse(failed: list[Check]) -> None:
    if not failed:
        return
    first, *others = failed
    evidence = [f"{check.id}: {check.evidence} {check.fix}".strip() for check in others]
    raise PreflightError(first.evidence, fix=first.fix, evidence=evidence, code=first.id)
