"""What an autoscaler makes of the workload it is in charge of."""

from collections.abc import Iterable

from scripts.core.objects import Object, at


def least_replicas(autoscalers: Iterable[Object], deployment: str) -> int:
    """The replicas that a Deployment gets from its autoscaler at the least; 0 where it has none.

    Args:
        autoscalers: HorizontalPodAutoscalers of the Deployment's namespace.
        deployment: The Deployment's name.
    """
    found = (at(thing, "spec", "minReplicas", default=1) for thing in autoscalers if _scales(thing, deployment))
    return max(map(int, found), default=0)


def _scales(autoscaler: Object, deployment: str) -> bool:
    target = at(autoscaler, "spec", "scaleTargetRef", default={})
    return bool(target.get("kind") == "Deployment" and target.get("name") == deployment)
