"""The release: upgraded when its fingerprint changes, recovered when helm was interrupted, and waited for."""

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from scripts.analyzers.autoscalers import least_replicas
from scripts.analyzers.contexts import ignore_patterns, ignored
from scripts.analyzers.fingerprints import fingerprint
from scripts.analyzers.releases import Revision, is_current, last_good, newest_jobs, revisions
from scripts.core.deadline import Deadline
from scripts.core.errors import UsageError
from scripts.core.helm import Upgrade
from scripts.core.kube import Api
from scripts.core.objects import Object, name_of
from scripts.core.report import Voice
from scripts.core.resources import path_of
from scripts.phases.context import Context, Outcome
from scripts.phases.refusal import Refusal, refusals_told
from scripts.phases.wait import Target, await_workloads

PHASE = "release"
COMPONENT = "app.kubernetes.io/component"
INSTANCE = "app.kubernetes.io/instance"


@dataclass(frozen=True)
class Order:
    """What is asked of the release beside the development profile.

    Attributes:
        tag: The tag of the service's image.
        values: More values files; the later one wins.
        settings: Single values as `key=value`.
        patience: Seconds that the rollout may take.
    """

    tag: str
    values: Sequence[Path] = ()
    settings: Sequence[str] = ()
    patience: float = 300.0


def reconcile_release(context: Context, order: Order) -> Outcome:
    """Bring the release to the chart and values of `order`, and wait until it runs.

    Raises:
        UsageError: A values file is not there.
        ReleaseRejected: helm refused the chart or its values.
        RolloutFailed: The rollout failed, and the cause is known.
        RolloutTimeout: It did not end in time.
    """
    voice = context.voice(PHASE)
    api = context.api()
    wanted = _upgrade(context, order)
    history = _recovered(context, api, voice)
    current = is_current(history, wanted.fingerprint) and _is_there(context, api)
    if not current:
        _run_helm(context, wanted, voice)
    await_workloads(api, release_targets(context, api), voice, Deadline(order.patience))
    number = history[-1].number if current else _history(context, api)[-1].number
    return Outcome(changed=not current, message=f"revision {number}, image tag {order.tag}")


def release_targets(context: Context, api: Api) -> list[Target]:
    """What must be complete for the release to run: the newest migration Job, and the Deployments.

    A Deployment is complete only with the replicas that its autoscaler gives it: helm installs it with one.
    """
    place, ours = context.namespace, f"{INSTANCE}={context.release}"
    jobs = api.list(path_of("Job", place), labelSelector=f"{ours},{COMPONENT}=migration").items
    autoscalers = api.list(path_of("HorizontalPodAutoscaler", place), labelSelector=ours).items
    names = [name_of(thing) for thing in api.list(path_of("Deployment", place), labelSelector=ours).items]
    return [
        *(Target("Job", place, name_of(job)) for job in newest_jobs(jobs)),
        *(Target("Deployment", place, name, least_replicas(autoscalers, name)) for name in names),
    ]


def is_deployed(context: Context, api: Api) -> bool:
    """Whether the newest revision of the release is deployed."""
    history = _history(context, api)
    return bool(history) and history[-1].status == "deployed"


def release_history(api: Api, namespace: str, release: str) -> list[Revision]:
    """The revisions of a release, oldest first."""
    found = api.list(path_of("Secret", namespace), labelSelector=f"owner=helm,name={release}")
    return revisions(found.items, release)


def _history(context: Context, api: Api) -> list[Revision]:
    return release_history(api, context.namespace, context.release)


def _upgrade(context: Context, order: Order) -> Upgrade:
    missing = [str(path) for path in order.values if not path.is_file()]
    if missing:
        raise UsageError(f"The values file {', '.join(missing)} does not exist.", code="values.missing")
    values = (context.project.profile, *order.values)
    choices = json.dumps([*order.settings, order.tag]).encode()
    parts = [*_chart_parts(context.project.chart), *_numbered(values), ("choices", choices)]
    return Upgrade(context.project.chart, values, order.settings, order.tag, fingerprint(parts))


def _chart_parts(chart: Path) -> Iterator[tuple[str, bytes]]:
    ignore = chart / ".helmignore"
    patterns = ignore_patterns(ignore.read_text(encoding="utf-8")) if ignore.is_file() else []
    for path in sorted(chart.rglob("*")):
        name = path.relative_to(chart).as_posix()
        if path.is_file() and not ignored(name, patterns):
            yield f"chart/{name}", path.read_bytes()


def _numbered(values: Sequence[Path]) -> list[tuple[str, bytes]]:
    return [(f"values/{index:03}", path.read_bytes()) for index, path in enumerate(values)]


def _is_there(context: Context, api: Api) -> bool:
    return any(target.kind == "Deployment" for target in release_targets(context, api))


def _recovered(context: Context, api: Api, voice: Voice) -> list[Revision]:
    history = _history(context, api)
    if not history or not history[-1].pending:
        return history
    stuck, good = history[-1], last_good(history)
    with voice.waiting(f"helm to recover revision {stuck.number}, which is {stuck.status}"), _rejections(context):
        if good:
            context.helm.rollback(good.number)
        else:
            context.helm.uninstall()
    done = f"rolled back to revision {good.number}" if good else "uninstalled, as no revision was ever deployed"
    told = f"revision {stuck.number} was {stuck.status}: an earlier helm was interrupted; {done}"
    voice.say("changed", context.release, told, code="release.recovered")
    return _history(context, api)


def _run_helm(context: Context, wanted: Upgrade, voice: Voice) -> None:
    with voice.waiting(f"helm to upgrade {context.release}"), _rejections(context):
        context.helm.upgrade(wanted)
    voice.say("changed", context.release, "upgraded", code="release.upgraded")


def _rejections(context: Context) -> AbstractContextManager[None]:
    fix = "Correct it in the values, and try again."
    return refusals_told(context, Refusal("helm refused the release", "release.rejected", fix, _schema(context)))


def _schema(context: Context) -> Object:
    path = context.project.chart / "values.schema.json"
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return schema if isinstance(schema, dict) else {}
