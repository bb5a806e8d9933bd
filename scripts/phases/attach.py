"""Finds a cluster that already runs, for the verbs that do not make one."""

from scripts.analyzers.kind_configs import ingress_port
from scripts.core.deadline import Deadline
from scripts.core.errors import ApiUnreachable, ClusterError, UsageError
from scripts.core.kube import Api
from scripts.phases.context import Context
from scripts.phases.layers import api_answers
from scripts.phases.mark import read_mark

ANSWER_SECONDS = 10.0
DEFAULT_PORT = 8080


def attach(context: Context) -> Api:
    """A connection to the cluster as it is.

    Raises:
        UsageError: There is no such cluster.
        ClusterError: There is one and it does not answer.
    """
    nodes = context.docker.nodes(context.cluster)
    if not nodes:
        raise UsageError(
            f"There is no cluster called {context.cluster}.", fix="Make it first: slipway up.", code="cluster.absent"
        )
    stopped = [node.name for node in nodes if not node.running]
    if stopped:
        raise ClusterError(f"{', '.join(stopped)} does not run.", fix="Start it: slipway up.", code="cluster.stopped")
    return _answering(context)


def ingress_address_port(api: Api) -> int:
    """The host port of the Ingress, as the cluster remembers it."""
    mark = read_mark(api)
    return (ingress_port(mark) if mark else None) or DEFAULT_PORT


def _answering(context: Context) -> Api:
    context.state.prepare()
    if context.state.kubeconfig.exists():
        try:
            api = context.api()
            if api.ready():
                return api
        except ApiUnreachable:
            pass  # another checkout may have made the cluster anew: ask it for its kubeconfig
    if context.kind.fetch_kubeconfig() and api_answers(context.api, Deadline(ANSWER_SECONDS)):
        return context.api()
    raise ClusterError(
        f"The API of the cluster {context.cluster} does not answer.",
        fix="slipway up repairs or replaces it.",
        code="cluster.silent",
    )
