"""What a pod says about its own end, graded by how sure it is.

A single first crash or a failed probe is no reason to give up: databases start late. So each signal is *certain* (give
up now), *likely* (give up if it is still there after its grace), or a *symptom* (never give up because of it).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from scripts.analyzers.exits import meaning
from scripts.analyzers.scheduling import why_it_never_fits
from scripts.core.objects import Object, at, condition, is_true, name_of, uid_of

LIKELY_GRACE = 30.0
CONFIGURATION_GRACE = 10.0
SETTINGS_REFUSED = 78
REPEATED = 2


class Grade(StrEnum):
    """How much a signal proves."""

    CERTAIN = "certain"
    LIKELY = "likely"
    SYMPTOM = "symptom"


@dataclass(frozen=True)
class Signal:
    """One thing that keeps a pod from being ready.

    Attributes:
        grade: How much it proves.
        code: Its stable name.
        pod: The pod's name.
        namespace: Its namespace.
        uid: The pod's uid.
        container: The container's name, or empty where it concerns the pod.
        message: What the fields say.
        grace: Seconds after which a likely signal counts as certain.
        crashed: Whether the log of the container before says more.
    """

    grade: Grade
    code: str
    pod: str
    namespace: str
    uid: str
    container: str
    message: str
    grace: float = LIKELY_GRACE
    crashed: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same signal when it is seen again."""
        return (self.uid, self.container, self.code)


# Waiting reasons that no waiting ends, and those that may pass.
WAITING: dict[str, tuple[Grade, str, float]] = {
    "InvalidImageName": (Grade.CERTAIN, "IMG-NAME", 0.0),
    "ErrImageNeverPull": (Grade.CERTAIN, "IMG-NEVER", 0.0),
    "ErrImagePull": (Grade.LIKELY, "IMG-PULL", LIKELY_GRACE),
    "ImagePullBackOff": (Grade.LIKELY, "IMG-PULL", LIKELY_GRACE),
    "RegistryUnavailable": (Grade.LIKELY, "IMG-PULL", LIKELY_GRACE),
    "ImageInspectError": (Grade.LIKELY, "IMG-INSPECT", LIKELY_GRACE),
    "CreateContainerConfigError": (Grade.LIKELY, "CFG-REFERENCE", CONFIGURATION_GRACE),
    "CreateContainerError": (Grade.LIKELY, "START-CREATE", LIKELY_GRACE),
    "RunContainerError": (Grade.LIKELY, "START-RUN", LIKELY_GRACE),
    "StartError": (Grade.LIKELY, "START-RUN", LIKELY_GRACE),
    "PostStartHookError": (Grade.LIKELY, "START-HOOK", LIKELY_GRACE),
}


def pod_signals(pods: Iterable[Object], nodes: Iterable[Object]) -> list[Signal]:
    """Everything that keeps `pods` from being ready, the surest first.

    Args:
        pods: Pods of the newest revision.
        nodes: The cluster's nodes, to tell a pod that fits nowhere from one that waits for room.
    """
    nodes = list(nodes)
    found = [signal for pod in pods for signal in _signals(pod, nodes)]
    return sorted(found, key=lambda signal: list(Grade).index(signal.grade))


def _signals(pod: Object, nodes: list[Object]) -> Iterator[Signal]:
    yield from _scheduling(pod, nodes)
    for field in ("initContainerStatuses", "containerStatuses"):
        for status in at(pod, "status", field, default=[]):
            yield from _container(pod, status)


def _scheduling(pod: Object, nodes: list[Object]) -> Iterator[Signal]:
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") != "False" or scheduled.get("reason") != "Unschedulable":
        return
    never = why_it_never_fits(pod, nodes)
    if never:
        yield _signal(pod, "", Grade.CERTAIN, "SCHED-NEVER", never)
    else:
        yield _signal(pod, "", Grade.SYMPTOM, "SCHED-WAITS", str(scheduled.get("message", "")))


def _container(pod: Object, status: Object) -> Iterator[Signal]:
    name = str(status.get("name", ""))
    state = at(status, "state", default={})
    waiting = at(state, "waiting", default={})
    reason = str(waiting.get("reason", ""))
    if reason in WAITING:
        grade, code, grace = WAITING[reason]
        told = f"{reason}: {waiting.get('message', '')}".rstrip(": ")
        yield replace(_signal(pod, name, grade, code, told), grace=grace)
    elif reason == "CrashLoopBackOff" or "terminated" in state:
        yield from _crash(pod, name, status)
    elif "running" in state and not status.get("ready") and not is_true(pod, "Ready"):
        yield from _unready(pod, name, status)


def _crash(pod: Object, name: str, status: Object) -> Iterator[Signal]:
    finished = at(status, "state", "terminated")
    ended = finished or at(status, "lastState", "terminated", default={})
    code, reason = int(ended.get("exitCode", 0)), str(ended.get("reason", ""))
    if finished and code == 0:
        return  # an init container, or the pod of a Job
    restarts = int(status.get("restartCount", 0))
    told = f"it ended with {code} ({meaning(code, reason)}), {restarts} restarts"
    kind = "OOM-KILLED" if reason == "OOMKilled" else f"CRASH-{code}"
    yield replace(_signal(pod, name, _crash_grade(code, restarts), kind, told), crashed=True)


def _crash_grade(code: int, restarts: int) -> Grade:
    if code == SETTINGS_REFUSED and restarts >= 1:
        return Grade.CERTAIN  # the same settings are refused again, however long one waits
    return Grade.LIKELY if restarts >= REPEATED else Grade.SYMPTOM


def _unready(pod: Object, name: str, status: Object) -> Iterator[Signal]:
    last = at(status, "lastState", "terminated", default={})
    told = f"it runs and is not ready, {status.get('restartCount', 0)} restarts"
    if last:
        told += f", the one before ended with {last.get('exitCode')}"
    yield _signal(pod, name, Grade.SYMPTOM, "PROBE-UNREADY", told)


def _signal(pod: Object, container: str, grade: Grade, code: str, message: str) -> Signal:
    namespace = str(at(pod, "metadata", "namespace", default=""))
    return Signal(grade, code, name_of(pod), namespace, uid_of(pod), container, message)
