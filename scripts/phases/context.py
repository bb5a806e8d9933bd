"""What every phase is given: the project, the cluster, its programs and its API."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.docker import Docker
from scripts.core.helm import Helm
from scripts.core.interrupts import Interrupts
from scripts.core.kind import Kind
from scripts.core.kube import Api
from scripts.core.kubectl import Kubectl
from scripts.core.process import Programs, clean_environment
from scripts.core.project import Project, find_project
from scripts.core.report import Sink, Voice
from scripts.core.state import State

NAMESPACE = "slipway"
RELEASE = "slipway"
REPOSITORY = "slipway"


@dataclass(frozen=True)
class Context:
    """One run on one cluster."""

    project: Project
    cluster: str
    state: State
    programs: Programs
    interrupts: Interrupts
    sink: Sink
    namespace: str = NAMESPACE
    release: str = RELEASE

    def voice(self, phase: str) -> Voice:
        """The voice in which `phase` speaks."""
        return Voice(self.sink, phase)

    @functools.cached_property
    def docker(self) -> Docker:
        """Docker."""
        return Docker(self.programs)

    @functools.cached_property
    def kind(self) -> Kind:
        """Kind, for this cluster."""
        return Kind(self.programs, self.cluster, self.state)

    @functools.cached_property
    def helm(self) -> Helm:
        """Helm, for this release."""
        return Helm(self.programs, self.state.kubeconfig, self.namespace, self.release)

    @functools.cached_property
    def kubectl(self) -> Kubectl:
        """Kubectl, on this cluster."""
        return Kubectl(self.programs, self.state.kubeconfig)

    def api(self) -> Api:
        """A connection to the cluster by its private kubeconfig as it is now."""
        return Api(self.state.kubeconfig)


@dataclass(frozen=True)
class Outcome:
    """What a phase has done: whether anything changed, and a line about it."""

    changed: bool
    message: str


def open_context(
    cluster: str, sink: Sink, interrupts: Interrupts, environment: Mapping[str, str], folder: Path
) -> Context:
    """The context of a run in the checkout around `folder`.

    Raises:
        UsageError: There is no checkout.
    """
    project = find_project(folder)
    programs = Programs(clean_environment(environment), interrupts, project.root)
    return Context(project, cluster, State(project.state(cluster)), programs, interrupts, sink)
