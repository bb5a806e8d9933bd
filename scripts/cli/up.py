"""`slipway up` and `slipway deploy`."""

from scripts.cli import options
from scripts.cli.conduct import Finish, conduct
from scripts.core.objects import Object
from scripts.phases.cluster_file import Wish
from scripts.phases.up import Changes, deploy, up

NEXT = """
The release answers on {address}

  curl {address}/health/ready        is it ready?
  {address}/                         the console: what runs, items, a room
  slipway status                     how is everything?
  slipway e2e                        test it
  slipway down                       remove all of it
"""


def up_command(  # noqa: PLR0913, PLR0917 - each one is an option of the command
    nodes: options.NodesOption = options.Nodes.ONE,
    cluster: options.Cluster = options.DEFAULT_CLUSTER,
    port: options.Port = options.DEFAULT_PORT,
    node_image: options.NodeImage = "",
    recreate: options.Recreate = False,  # noqa: FBT002
    timeout: options.Timeout = options.DEFAULT_TIMEOUT,
    machine: options.Json = False,  # noqa: FBT002
) -> None:
    """Raise a kind cluster, ship the release to it and print its address.

    It looks at what is there and does what is missing: preflight, cluster, images, dependencies, release, address.
    A second run changes nothing and says so. The kubeconfig is its own, under .slipway/; yours is not touched.

    Examples:
      slipway up                              one node, http://127.0.0.1:8080

      slipway up --nodes three --recreate     a control plane and two workers instead

      slipway up --cluster blue --port 8081   a second one beside the first
    """
    wish = Wish(nodes.value, port, node_image, recreate, timeout)
    conduct("up", lambda context: _finish(up(context, wish)), cluster=cluster, machine=machine)


def deploy_command(  # noqa: PLR0913, PLR0917 - each one is an option of the command
    values: options.Values = None,
    settings: options.Set = None,
    image_tag: options.ImageTag = "",
    cluster: options.Cluster = options.DEFAULT_CLUSTER,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT,
    machine: options.Json = False,  # noqa: FBT002
) -> None:
    """Bring new code or other values to the cluster that runs.

    Builds and loads the image if the code changed, upgrades the release and waits until the new pods serve. Where the
    rollout fails it says why: the waiting reason, the last line of the log, the events.

    Examples:
      slipway deploy                                     what the checkout holds now

      slipway deploy --set autoscaling.minReplicas=3     the same, with another value

      slipway deploy -f my-values.yaml --image-tag 3f2a1b4c5d6e
    """
    changes = Changes(tuple(values or ()), tuple(settings or ()), image_tag, timeout)
    conduct("deploy", lambda context: _finish(deploy(context, changes)), cluster=cluster, machine=machine)


def _finish(result: Object) -> Finish:
    told = "done" if result["changed"] else "nothing had to be changed"
    return Finish(told, result, NEXT.format(address=result["address"]))
