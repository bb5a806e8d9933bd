"""`slipway down`."""

from scripts.cli import options
from scripts.cli.conduct import Finish, conduct
from scripts.core.objects import Object
from scripts.phases.down import down


def down_command(
    keep_images: options.KeepImages = False,  # noqa: FBT002
    cluster: options.Cluster = options.DEFAULT_CLUSTER,
    machine: options.Json = False,  # noqa: FBT002
) -> None:
    """Remove the cluster and everything that belongs to it, and look again whether it is gone.

    That is: the node containers, the docker network, the folder under .slipway/ and the images slipway:*.

    Examples:
      slipway down

      slipway down --keep-images     the next `up` need not build
    """
    conduct("down", lambda context: _finish(down(context, keep_images=keep_images)), cluster=cluster, machine=machine)


def _finish(result: Object) -> Finish:
    return Finish(f"{len(result['removed'])} things removed", result)
