"""Creates a cluster, whole or not at all."""

import re

import yaml

from scripts.core.deadline import Deadline
from scripts.core.errors import ClusterError, Interrupted, ProgramFailed, SlipwayError
from scripts.core.objects import Object
from scripts.core.report import Say, Voice
from scripts.phases.context import Context
from scripts.phases.layers import await_layers
from scripts.phases.mark import write_mark
from scripts.phases.removal import remove_cluster

NOTE = "cluster"
CREATING, READY = "creating", "ready"
# kind warns about the network it is told to use, and about cgroup v1, which preflight has dealt with.
NOISE = re.compile(r"^(WARNING: |Have a nice day|Thanks for using|You can now use|kubectl cluster-info|Set kubectl)")


def create_cluster(context: Context, config: Object, voice: Voice, deadline: Deadline) -> None:
    """Create the cluster from `config` and wait until all its layers are up.

    Whatever goes wrong, a signal included, what this run has made is removed again.

    Raises:
        ClusterError: kind failed, or a layer did not come up in time.
    """
    context.state.prepare()
    context.state.note(NOTE, {"state": CREATING, "config": config})
    try:
        _create(context, config, voice, deadline)
    except (Exception, Interrupted):
        _take_back(context, voice)
        raise
    context.state.note(NOTE, {"state": READY, "config": config})


def was_begun(context: Context) -> bool:
    """Whether this checkout began to create the cluster and never finished."""
    return context.state.noted(NOTE).get("state") == CREATING


def adopt_cluster(context: Context, config: Object) -> None:
    """Remember that the cluster is finished, whoever made it."""
    note = {"state": READY, "config": config}
    if context.state.noted(NOTE) != note:
        context.state.note(NOTE, note)


def _create(context: Context, config: Object, voice: Voice, deadline: Deadline) -> None:
    try:
        if context.docker.network(context.cluster) is None:
            context.docker.create_network(context.cluster, context.cluster)
        with voice.waiting("kind to create the nodes") as now:
            context.kind.create(yaml.safe_dump(config, sort_keys=False), lambda line: _progress(line, now))
    except ProgramFailed as failed:
        raise _failure(context.cluster, failed) from failed
    api = context.api()
    await_layers(api, voice, deadline)
    write_mark(api, config)


def _progress(line: str, now: Say) -> None:
    step = re.sub(r"[^\x20-\x7e]", "", line).strip()
    if step and not NOISE.match(step):
        now(f"kind: {step}")


def _take_back(context: Context, voice: Voice) -> None:
    with voice.waiting("the half-made cluster to be removed"):
        try:
            left = remove_cluster(context)
        except SlipwayError as error:
            left = [error.sentence]
    if left:
        voice.say("warn", context.cluster, f"not everything could be removed: {', '.join(left)}; run: slipway down")
        return
    context.state.remove()
    voice.say("changed", context.cluster, "what this run had made of the cluster is removed again")


def _failure(cluster: str, failed: ProgramFailed) -> ClusterError:
    lines = [line for line in failed.errors.splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith("ERROR: ")), failed.reason)
    reason = told.removeprefix("ERROR: ").rstrip(".:")
    return ClusterError(
        f"kind could not create the cluster {cluster}: {reason}.",
        fix="The lines below are kind's own.",
        evidence=lines[-12:],
        code="cluster.create",
    )
