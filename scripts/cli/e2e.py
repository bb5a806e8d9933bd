"""`slipway e2e`."""

from scripts.cli import options
from scripts.cli.conduct import Finish, conduct
from scripts.phases.e2e import Options, e2e


def e2e_command(
    arguments: options.Arguments = None,
    cluster: options.Cluster = options.DEFAULT_CLUSTER,
    machine: options.Json = False,  # noqa: FBT002
) -> None:
    """Test the release on the cluster, through its Ingress; exit 1 where a test fails.

    Runs tests/e2e and tests/drills with the address and the private kubeconfig. With --json, pytest writes to stderr.

    Examples:
      slipway e2e

      slipway e2e -- -k websocket -x
    """
    wanted = Options(tuple(arguments or ()), quiet_stdout=machine)
    conduct("e2e", lambda context: Finish("all tests passed", e2e(context, wanted)), cluster=cluster, machine=machine)
