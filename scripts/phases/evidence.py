"""Why a rollout failed: the cause in one sentence, and the literal lines that prove it."""

from collections.abc import Sequence
from typing import Protocol

from scripts.analyzers.events import about, tell, warnings
from scripts.analyzers.logs import telling_line
from scripts.analyzers.signals import Grade, Signal
from scripts.analyzers.verdict import Verdict
from scripts.core.errors import ApiRefused, ApiUnreachable, RolloutFailed, RolloutTimeout
from scripts.core.kube import Api
from scripts.core.objects import Object
from scripts.core.resources import path_of

LAST_EVENTS = 3
LOG_LINES = "200"

FIXES = {
    "IMG": "See that the image exists and that the nodes have it or can pull it.",
    "CFG": "Create what it refers to, or correct the name in the values.",
    "SCHED": "Lower its requests, or give the cluster a larger node.",
    "OOM": "Raise the memory limit of the container, or find what uses the memory.",
    "CRASH": "Correct what the log line says; the pod's log tells more: kubectl logs --previous.",
    "JOB": "Correct what the log line says, and deploy again.",
    "ADMIT": "Correct what the API refused, and deploy again.",
    "ROLL-PAUSED": "Let it go on: kubectl rollout resume.",
    "PROBE": "See why it does not become ready: its log and GET /health/ready tell.",
}


class Named(Protocol):
    """Anything with a name for people."""

    def __str__(self) -> str: ...


def failed_by_signal(api: Api, signal: Signal) -> RolloutFailed:
    """The failure that a pod's own signal proves."""
    return RolloutFailed(
        f"Pod {signal.pod} will not start: {_about(signal)}.",
        fix=_fix(signal.code),
        evidence=_proof(api, signal),
        code=signal.code,
    )


def failed_by_verdict(api: Api, target: str, verdict: Verdict, signals: Sequence[Signal]) -> RolloutFailed:
    """The failure that a workload's status states; its pods may say more."""
    cause = f"; pod {signals[0].pod}: {_about(signals[0])}" if signals else ""
    return RolloutFailed(
        f"{target} failed: {' '.join(verdict.reason.split()).rstrip('.')}{cause}.",
        fix=_fix(signals[0].code if signals else verdict.code),
        evidence=_proof(api, signals[0]) if signals else (),
        code=verdict.code,
    )


def ran_out_of_time(
    api: Api, waiting: Sequence[tuple[Named, Verdict]], signals: Sequence[Signal], seconds: float
) -> RolloutFailed | RolloutTimeout:
    """The end of a wait: a known cause where a pod shows more than a symptom, else what it still waited for."""
    told = "; ".join(f"{target}: {verdict.reason}" for target, verdict in waiting)
    known = [signal for signal in signals if signal.grade is not Grade.SYMPTOM]
    if known:
        return failed_by_signal(api, known[0])
    seen = f"; pod {signals[0].pod}: {_about(signals[0])}" if signals else ""
    return RolloutTimeout(
        f"The rollout did not end within {seconds:.0f} s: {told}{seen}.",
        fix=_fix(signals[0].code) if signals else "Give it longer with --timeout, or look: kubectl get pods,events.",
        evidence=_proof(api, signals[0]) if signals else (),
        code=signals[0].code if signals else "ROLL-TIMEOUT",
    )


def log_line(api: Api, signal: Signal) -> str:
    """The telling line of the container's log: of the one that crashed where there is one before."""
    path = f"{path_of('Pod', signal.namespace, signal.pod)}/log"
    for previous in ("true", "false") if signal.crashed else ("false",):
        try:
            log = api.text(path, container=signal.container, previous=previous, tailLines=LOG_LINES)
        except (ApiRefused, ApiUnreachable):
            continue
        if log.strip():
            return telling_line(log)
    return ""


def _proof(api: Api, signal: Signal) -> list[str]:
    line = log_line(api, signal) if signal.container and not signal.code.startswith(("IMG", "CFG")) else ""
    return [*([f"log of {signal.container}: {line}"] if line else []), *_events(api, signal)]


def _events(api: Api, signal: Signal) -> list[str]:
    try:
        found: list[Object] = api.list(path_of("Event", signal.namespace)).items
    except (ApiRefused, ApiUnreachable):
        return []
    return [f"event: {tell(event)}" for event in warnings(about(found, signal.uid))[-LAST_EVENTS:]]


def _about(signal: Signal) -> str:
    where = f"container {signal.container}: " if signal.container else ""
    return f"{where}{' '.join(signal.message.split()).rstrip('.')}"


def _fix(code: str) -> str:
    return next((fix for prefix, fix in FIXES.items() if code.startswith(prefix)), "")
