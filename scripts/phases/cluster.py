"""The cluster: made, started, kept, replaced or refused, by what is there."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from scripts.analyzers.clusters import Action, Plan, Seen, cluster_plan, containers_plan
from scripts.analyzers.kind_configs import node_image
from scripts.core.deadline import Deadline
from scripts.core.docker import Node
from scripts.core.errors import (
    ApiRefused,
    ApiUnreachable,
    ClusterError,
    ConfigurationChanged,
    ProgramFailed,
    UsageError,
)
from scripts.core.objects import Object
from scripts.core.report import Voice
from scripts.phases.cluster_file import Wish
from scripts.phases.context import Context, Outcome
from scripts.phases.creation import adopt_cluster, create_cluster, was_begun
from scripts.phases.layers import api_answers, await_layers
from scripts.phases.mark import read_mark
from scripts.phases.removal import remove_cluster

PHASE = "cluster"
# A node that is younger, and not begun by this checkout, may be in the making elsewhere.
YOUTH = timedelta(seconds=120)
ANSWER_SECONDS = 20.0
START_SECONDS = 120.0


def reconcile_cluster(context: Context, config: Object, wish: Wish) -> Outcome:
    """Bring the cluster to `config`.

    Raises:
        ConfigurationChanged: It runs with another one, and `--recreate` was not given.
        UsageError: A cluster of this name exists that slipway did not make.
        ClusterError: It cannot be created or does not come up.
    """
    voice = context.voice(PHASE)
    look = _look(context, config, voice)
    plan = look.plan
    if wish.recreate and plan.action is Action.REFUSE:
        plan = Plan(Action.REPLACE, f"{plan.reason}, and --recreate was given")
    elif plan.action is Action.REFUSE:
        raise _refusal(context, plan)
    if plan.action is Action.KEEP:
        return _kept(context, config, voice, look.started)
    if plan.action is Action.REPLACE:
        _replace(context, voice, plan, [] if wish.recreate else look.nodes)
    create_cluster(context, config, voice, Deadline(wish.patience))
    done = "replaced" if plan.action is Action.REPLACE else "created"
    return Outcome(changed=True, message=f"{done}: {_description(config)}")


@dataclass(frozen=True)
class _Look:
    """What a look at the cluster led to; `started` says which nodes had to be started for it."""

    plan: Plan
    nodes: list[Node]
    started: str = ""


def _look(context: Context, config: Object, voice: Voice) -> _Look:
    nodes = context.docker.nodes(context.cluster)
    begun = was_begun(context)
    plan = containers_plan(Seen(tuple(nodes), begun=begun))
    if plan and plan.action is not Action.START:
        return _Look(plan, nodes)
    if plan:
        _start(context, nodes, voice)
    patience = START_SECONDS if plan else ANSWER_SECONDS
    seen = replace(_seen(context, nodes, voice, patience), begun=begun)
    return _Look(cluster_plan(seen, config), nodes, plan.reason if plan else "")


def _start(context: Context, nodes: list[Node], voice: Voice) -> None:
    paused = [node.name for node in nodes if node.state == "paused"]
    stopped = [node.name for node in nodes if not node.running and node.state != "paused"]
    with voice.waiting(f"{', '.join(paused + stopped)} to start"):
        try:
            if paused:
                context.docker.unpause(paused)
            if stopped:
                context.docker.start(stopped)
        except ProgramFailed as failed:
            raise ClusterError(
                f"The node containers of {context.cluster} cannot be started: {failed.reason}.",
                fix="Make the cluster anew: slipway down && slipway up.",
                code="cluster.start",
            ) from failed


def _seen(context: Context, nodes: list[Node], voice: Voice, patience: float) -> Seen:
    context.state.prepare()
    with voice.waiting("the API of the cluster to answer"):
        if not _known_api_answers(context):
            if not context.kind.fetch_kubeconfig():
                return Seen(tuple(nodes), has_kubeconfig=False)
            if not api_answers(context.api, Deadline(patience)):
                return Seen(tuple(nodes), has_kubeconfig=True, answers=False)
        mark = read_mark(context.api())
    return Seen(tuple(nodes), has_kubeconfig=True, answers=True, mark=mark)


def _known_api_answers(context: Context) -> bool:
    """Whether the kubeconfig at hand leads to a cluster; another checkout may have made it anew since."""
    if not context.state.kubeconfig.exists():
        return False
    try:
        api = context.api()
        read_mark(api)
    except (ApiUnreachable, ApiRefused):
        return False
    return api.ready()


def _kept(context: Context, config: Object, voice: Voice, started: str) -> Outcome:
    context.state.seal()
    adopt_cluster(context, config)
    await_layers(context.api(), voice, Deadline(START_SECONDS))
    return Outcome(changed=bool(started), message=f"{started}: started again" if started else _description(config))


def _replace(context: Context, voice: Voice, plan: Plan, nodes: list[Node]) -> None:
    _spare_the_young(context, nodes)
    voice.say("changed", context.cluster, f"it is replaced: {plan.reason}", code="cluster.replaced")
    with voice.waiting("the old cluster to be removed"):
        left = remove_cluster(context)
    if left:
        raise ClusterError(
            f"The old cluster cannot be removed: {', '.join(left)} is still there.", code="cluster.remove"
        )


def _spare_the_young(context: Context, nodes: list[Node]) -> None:
    if was_begun(context):
        return
    ages = [(datetime.now(UTC) - node.created, node.name) for node in nodes if node.created]
    age, name = min(ages, default=(YOUTH, ""))
    if age < YOUTH:
        raise ClusterError(
            f"Another run seems to be creating the cluster {context.cluster}: {name} is {age.seconds} s old.",
            fix="Wait until it has ended, or remove it: slipway down.",
            code="cluster.busy",
        )


def _refusal(context: Context, plan: Plan) -> UsageError:
    if plan.evidence:
        return ConfigurationChanged(
            f"The cluster {context.cluster} runs with another configuration than the one asked for.",
            fix="Give the options it was made with, or make it anew: slipway up --recreate.",
            evidence=plan.evidence,
            code="cluster.changed",
        )
    return UsageError(
        f"A kind cluster called {context.cluster} exists, and {plan.reason}.",
        fix="Choose another name: slipway up --cluster NAME, or let it be replaced: slipway up --recreate.",
        code="cluster.foreign",
    )


def _description(config: Object) -> str:
    count = len(config.get("nodes") or [{}])
    image = node_image(config)
    return f"{count} node{'s' if count > 1 else ''}{f', {image}' if image else ''}"
