"""Pods that wait for an image which their node has by now."""

from collections.abc import Collection

from scripts.analyzers.references import images_of
from scripts.core.kube import Api
from scripts.core.objects import Object, at, name_of
from scripts.core.report import Voice
from scripts.core.resources import path_of

WAITS = {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"}


def wake_pods(api: Api, loaded: Collection[str], voice: Voice) -> None:
    """Delete the pods that wait for one of the images in `loaded`; whoever owns them makes them anew at once.

    The kubelet looks again after a pause that grows up to five minutes (its image pull back-off), which would be taken
    for a rollout that fails.
    """
    for pod in api.list(path_of("Pod")).items:
        if _waits(pod) and set(images_of([pod])) & set(loaded) and at(pod, "metadata", "ownerReferences"):
            namespace = str(at(pod, "metadata", "namespace"))
            api.delete(path_of("Pod", namespace, name_of(pod)))
            voice.say("changed", f"{namespace}/{name_of(pod)}", "waited for an image that is there now: made anew")


def _waits(pod: Object) -> bool:
    statuses = [
        *at(pod, "status", "initContainerStatuses", default=[]),
        *at(pod, "status", "containerStatuses", default=[]),
    ]
    return any(at(status, "state", "waiting", "reason", default="") in WAITS for status in statuses)
