"""What a drill is given: the cluster, the load that runs, and a place to say what was done and what did not hold."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scripts.core.deadline import Deadline
from scripts.core.errors import UsageError
from scripts.core.kube import Api
from scripts.core.objects import Object, at
from scripts.core.report import Voice
from scripts.core.resources import path_of
from scripts.drills.budget import Act
from scripts.drills.chronicle import state
from scripts.load import LoadRun
from scripts.phases.address import await_steady
from scripts.phases.attach import ingress_address_port
from scripts.phases.context import Context
from scripts.phases.release import COMPONENT, INSTANCE, Order, reconcile_release
from scripts.phases.wait import Target, await_workloads

PHASE = "drill"
Fact = Callable[[], object]


@dataclass
class Stage:
    """One drill under way.

    Attributes:
        context: The run.
        api: The cluster.
        patience: Seconds that one rollout may take.
        control: Whether this is the negative control.
        run: The load, once it runs.
        acts: What was done under load.
        unmet: What should have been and was not, in sentences.
    """

    context: Context
    api: Api
    patience: float
    control: bool = False
    run: LoadRun | None = None
    acts: list[Act] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)

    @property
    def voice(self) -> Voice:
        """The voice in which drills speak."""
        return self.context.voice(PHASE)

    @property
    def seconds(self) -> float:
        """Seconds since the load began."""
        return self.run.progress.seconds if self.run else 0.0

    @contextlib.contextmanager
    def act(self, name: str) -> Iterator[None]:
        """Do something to the release; the block ends when it is whole again."""
        begin = self.seconds
        yield
        self.acts.append(Act(name, begin, self.seconds))
        if self.run:
            now = self.run.progress
            self.voice.say("ok", name, f"{now.requests} requests so far, {now.failed} failed")

    def expect(self, *, holds: bool, otherwise: str) -> None:
        """Note what does not hold; the drill goes on, so that everything is told at its end."""
        if not holds:
            self.unmet.append(otherwise)

    def pods(self) -> list[Object]:
        """The pods that serve, and those of them that are being ended."""
        selector = f"{INSTANCE}={self.context.release},{COMPONENT}=api"
        return self.api.list(path_of("Pod", self.context.namespace), labelSelector=selector).items

    def ready_pods(self) -> list[Object]:
        """Those that serve and are not being ended."""
        return [pod for pod in self.pods() if state(pod) == "ready"]

    def path(self, kind: str, name: str = "") -> str:
        """Where an object of the release is; named as the release where no other name is given."""
        return path_of(kind, self.context.namespace, name or self.context.release)

    def settle(self) -> None:
        """Wait until every pod is of the release as it is now, available, and none is being ended."""
        workload = Target("Deployment", self.context.namespace, self.context.release)
        await_workloads(self.api, [workload], self.voice, Deadline(self.patience), settle=True)

    def steady(self) -> None:
        """Wait until the release is settled and its address answers without a break."""
        self.settle()
        await_steady(self.context, ingress_address_port(self.api), self.patience)

    def order(self, *settings: str, tag: str = "") -> Order:
        """The release with these settings beside the development profile's, of the image that it runs or of another."""
        return Order(tag or tag_of(self.context, self.api), settings=settings, patience=self.patience)

    def release(self, order: Order) -> None:
        """Bring the release to an order."""
        reconcile_release(self.context, order)

    @contextlib.contextmanager
    def changed(self, *settings: str) -> Iterator[None]:
        """The release with these settings for as long as the block runs, steady before it and again after it."""
        try:
            self.release(self.order(*settings))
            self.steady()
            yield
        finally:
            self.release(self.order())
            self.steady()

    def until(self, true: Fact, seconds: float, otherwise: str) -> bool:
        """Wait for a fact; note it where it does not come."""
        deadline = Deadline(seconds)
        while not (found := true()) and not deadline.passed:
            deadline.pause(0.25)
        self.expect(holds=bool(found), otherwise=otherwise)
        return bool(found)


def tag_of(context: Context, api: Api) -> str:
    """The tag of the image that the release runs.

    Raises:
        UsageError: There is no release.
    """
    deployment = api.get(path_of("Deployment", context.namespace, context.release))
    if deployment is None:
        raise UsageError("There is no release to drill.", fix="Make it first: slipway up.", code="release.absent")
    image = str(at(deployment, "spec", "template", "spec", "containers")[0]["image"])
    return image.rpartition(":")[2]
