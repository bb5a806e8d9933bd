"""`e2e`: the tests of the release, run with the private kubeconfig."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.core.deadline import Deadline
from scripts.core.errors import ReleaseAbsent, TestsFailed, UsageError
from scripts.core.objects import Object
from scripts.phases.address import address, await_address
from scripts.phases.attach import attach, ingress_address_port
from scripts.phases.context import Context
from scripts.phases.release import is_deployed, release_targets
from scripts.phases.wait import await_workloads

PHASE = "e2e"
FOLDERS = ("tests/e2e", "tests/drills")
SECONDS = 3600.0
READY_SECONDS = 30.0
FAILED, NO_TESTS = 1, 5


@dataclass(frozen=True)
class Options:
    """What the caller wants of pytest.

    Attributes:
        arguments: Passed on to pytest as they are.
        quiet_stdout: Whether stdout belongs to machines, so that pytest writes to stderr.
    """

    arguments: Sequence[str] = ()
    quiet_stdout: bool = False


def e2e(context: Context, options: Options) -> Object:
    """Run the tests against the release through its address.

    Raises:
        UsageError: There is no cluster, or no test was chosen.
        ReleaseAbsent: No release is deployed on it.
        TestsFailed: At least one test failed.
        RolloutFailed: The release is not healthy, and the cause is known.
        RolloutTimeout: The release is not healthy, or does not answer.
    """
    api = attach(context)
    port = ingress_address_port(api)
    if not is_deployed(context, api):
        raise ReleaseAbsent(
            f"The release {context.release} is not deployed.", fix="Deploy it first: slipway up.", code="release.absent"
        )
    await_workloads(api, release_targets(context, api), context.voice(PHASE), Deadline(READY_SECONDS))
    await_address(context, port, READY_SECONDS)
    argv = (sys.executable, "-m", "pytest", *_folders(context), *_where(context, port), *options.arguments)
    stdout = sys.stderr.fileno() if options.quiet_stdout else None
    kubeconfig = {"KUBECONFIG": str(context.state.kubeconfig)}
    return _judge(context.programs.attach(*argv, timeout=SECONDS, extra=kubeconfig, stdout=stdout), port)


def _folders(context: Context) -> list[str]:
    found = [folder for folder in FOLDERS if (context.project.root / folder).is_dir()]
    if not found:
        raise UsageError(f"There are no tests in {' or '.join(FOLDERS)}.", code="e2e.absent")
    return found


def _where(context: Context, port: int) -> tuple[str, ...]:
    return (
        *("--address", address(port)),
        *("--kubeconfig", str(context.state.kubeconfig)),
        *("--namespace", context.namespace),
        *("--release", context.release),
    )


def _judge(exit_status: int, port: int) -> Object:
    if exit_status == FAILED:
        raise TestsFailed("At least one test of the release failed.", fix="pytest has said which and why, above.")
    if exit_status == NO_TESTS:
        raise UsageError("pytest found no test to run.", fix="See the arguments after `--`.", code="e2e.none")
    if exit_status:
        raise UsageError(f"pytest ended with {exit_status} before it could judge.", code="e2e.pytest")
    return {"address": address(port), "passed": True}
