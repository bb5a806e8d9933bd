"""What became of the pods while a load ran, so that a request that failed can be laid to something."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from scripts.core.errors import InfrastructureLost
from scripts.core.kube import Api
from scripts.core.mirror import Mirror
from scripts.core.objects import Object, at, is_true, name_of
from scripts.load import Failure

PACE = 0.5
# The Ingress controller gathers changes for two seconds, and a request may last five.
NEAR_SECONDS = 5.0


@dataclass(frozen=True)
class Change:
    """A pod that came, became ready, began to end, or went.

    Attributes:
        at: Seconds from the start of the load.
        text: Which pod, and what.
    """

    at: float
    text: str


class Chronicle:
    """Writes down every change of a namespace's pods inside a `with`.

    Args:
        api: The cluster.
        namespace: Whose pods.
        clock: Seconds since the start of the load.
    """

    def __init__(self, api: Api, namespace: str, clock: Callable[[], float]) -> None:
        self._mirror = Mirror(api, ("Pod",))
        self._namespace = namespace
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self.changes: list[Change] = []

    def __enter__(self) -> Self:
        self._mirror.__enter__()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join(2 * PACE)
        self._mirror.__exit__(kind, error, trace)

    def _write(self) -> None:
        before: dict[str, str] | None = None
        while not self._stopping.is_set():
            try:
                self._mirror.wait(PACE)
            except InfrastructureLost:
                return  # who drives the drill meets it, too, and tells it
            if not self._mirror.whole:
                continue
            pods = [pod for pod in self._mirror.objects("Pod") if at(pod, "metadata", "namespace") == self._namespace]
            now = {name_of(pod): state(pod) for pod in pods}
            if before is not None:
                self.changes += [Change(self._clock(), text) for text in differences(before, now)]
            before = now


def state(pod: Object) -> str:
    """What a pod is, in a word: ending, ready, or not ready."""
    if at(pod, "metadata", "deletionTimestamp"):
        return "ending"
    return "ready" if is_true(pod, "Ready") else "not ready"


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """What changed between two moments, by the pods' names."""
    for name in sorted({*before, *now}):
        was, is_now = before.get(name, "not there"), now.get(name, "gone")
        if was != is_now:
            yield f"{name} {is_now}"


def laid_to(failure: Failure, changes: Sequence[Change]) -> str:
    """The change that is nearest to a failure, or that there is none."""
    begin, end = failure.at - NEAR_SECONDS, failure.at + failure.took
    near = [change for change in changes if begin <= change.at <= end]
    if not near:
        return "no pod changed near it"
    nearest = min(near, key=lambda change: abs(change.at - failure.at))
    return f"{nearest.text} {nearest.at - failure.at:+.1f} s"
