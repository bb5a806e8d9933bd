"""Dependencies: namespace, password and the folders of manifests, applied only when something of them changed."""

import base64
import secrets

from scripts.analyzers.fingerprints import fingerprint
from scripts.core.deadline import Deadline
from scripts.core.kube import Api
from scripts.core.objects import Object, at, name_of
from scripts.core.parallel import ask_all
from scripts.core.report import Voice
from scripts.core.resources import path_of, path_of_manifest, placed
from scripts.phases.context import Context, Outcome
from scripts.phases.images import folder_files, folder_manifests
from scripts.phases.mark import MANAGED
from scripts.phases.mark import NAMESPACE as SYSTEM
from scripts.phases.refusal import Refusal, refusals_told
from scripts.phases.stack import FOLDERS, WORKLOADS
from scripts.phases.wait import Target, await_workloads

PHASE = "dependencies"
RECORD = "slipway-dependencies"
LABELS = {**MANAGED, "pod-security.kubernetes.io/enforce": "restricted"}
PASSWORD_SECRET = "postgres"  # noqa: S105 - the name of the Secret
PASSWORD_BYTES = 24


def reconcile_dependencies(context: Context, patience: float) -> Outcome:
    """Bring what stands around the release to what its folders say, and wait until it runs.

    Raises:
        ReleaseRejected: kubectl or the API refused a manifest.
        RolloutFailed: A workload failed, and the cause is known.
        RolloutTimeout: One did not become ready in time.
    """
    voice = context.voice(PHASE)
    api = context.api()
    changed = [*_namespace(api, context.namespace), *_password(api, context.namespace)]
    changed += _apply_changed(context, api, voice)
    targets = [target for folder in FOLDERS for target in folder_targets(context, folder)]
    await_workloads(api, targets, voice, Deadline(patience))
    return Outcome(bool(changed), f"applied {', '.join(changed)}" if changed else ", ".join(FOLDERS))


def folder_targets(context: Context, folder: str) -> list[Target]:
    """The workloads of a folder of manifests."""
    return [
        Target(str(thing["kind"]), at(thing, "metadata", "namespace", default=context.namespace), name_of(thing))
        for thing in folder_manifests(context, folder)
        if thing.get("kind") in WORKLOADS
    ]


def _namespace(api: Api, name: str) -> list[str]:
    found = api.get(path_of("Namespace", name=name))
    labels = at(found, "metadata", "labels", default={}) if found else {}
    if found and LABELS.items() <= labels.items():
        return []
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": LABELS}}
    api.put_object(path_of("Namespace"), body)
    return [f"namespace {name}"]


def _password(api: Api, namespace: str) -> list[str]:
    if api.get(path_of("Secret", namespace, PASSWORD_SECRET)):
        return []
    password = secrets.token_urlsafe(PASSWORD_BYTES).encode()
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": PASSWORD_SECRET, "namespace": namespace, "labels": MANAGED},
        "data": {"password": base64.b64encode(password).decode()},
    }
    api.post(path_of("Secret", namespace), body)
    return [f"secret {PASSWORD_SECRET}"]


def _apply_changed(context: Context, api: Api, voice: Voice) -> list[str]:
    record = _recorded(api)
    wanted = {folder: _fingerprint(context, folder) for folder in FOLDERS}
    changed = [f for f in FOLDERS if record.get(f) != wanted[f] or not _all_there(context, api, f)]
    for folder in changed:
        _apply(context, folder, voice)
        record[folder] = wanted[folder]
        _remember(api, record)
    return changed


def _apply(context: Context, folder: str, voice: Voice) -> None:
    refusal = Refusal(f"kubectl cannot apply k8s/{folder}", "dependencies.apply", lines=8)
    with voice.waiting(f"kubectl to apply k8s/{folder}"), refusals_told(context, refusal):
        # `kubectl --namespace` would refuse a folder in which some objects name another one.
        context.kubectl.apply([placed(thing, context.namespace) for thing in folder_manifests(context, folder)])
    voice.say("changed", folder, "applied", code="dependencies.applied")


def _all_there(context: Context, api: Api, folder: str) -> bool:
    paths = (path_of_manifest(manifest, context.namespace) for manifest in folder_manifests(context, folder))
    return all(ask_all(lambda path: api.get(path) is not None, [path for path in paths if path]))


def _fingerprint(context: Context, folder: str) -> str:
    return fingerprint((path.name, path.read_bytes()) for path in folder_files(context, folder))


def _recorded(api: Api) -> dict[str, str]:
    found: Object | None = api.get(path_of("ConfigMap", SYSTEM, RECORD))
    return dict(at(found, "data", default={})) if found else {}


def _remember(api: Api, record: dict[str, str]) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": RECORD, "namespace": SYSTEM, "labels": MANAGED},
        "data": record,
    }
    api.put_object(path_of("ConfigMap", SYSTEM), body)
