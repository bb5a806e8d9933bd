# ruff: noqa: N818 - the names say what happened, as the exit-code table does; all but the root are nouns of it
"""The ways a run can end badly, each with its exit code.

    BaseException
    ├── Interrupted                   130 SIGINT, 143 SIGTERM, 129 SIGHUP
    └── SlipwayError
        ├── TestsFailed               1   a test of the release failed, or `status` found something amiss
        ├── UsageError                2   an option or a file says something impossible
        │   └── ConfigurationChanged  2   the cluster runs with another configuration than the one asked for
        ├── PreflightError            3   this machine lacks something
        │   ├── ProgramMissing        3   a program is not on PATH
        │   └── Busy                  3   another run works on the same cluster
        ├── ClusterError              4   the cluster could not be created or does not come up
        ├── ImageError                5   an image could not be built or loaded
        ├── ReleaseRejected           6   helm, kubectl or the API refused what it was given
        │   └── ReleaseAbsent         6   ... or there is no deployed release to work on
        ├── RolloutFailed             7   a rollout failed and the cause is known
        ├── RolloutTimeout            8   a rollout did not end in time and no cause shows
        ├── LeftBehind                9   something of ours is still there after `down`
        └── InfrastructureLost        10  docker or the API went away in the middle
            ├── ProgramFailed         10  a program ended with an error nobody expected
            │   └── ProgramTimeout    10  ... or did not end at all
            ├── ApiUnreachable        10  the Kubernetes API does not answer
            └── ApiRefused            10  the Kubernetes API answers with an error nobody expected

They are translated into an exit code in one place, `scripts.cli.conduct`.
"""

import signal
from collections.abc import Sequence


class SlipwayError(Exception):
    """A failure told in one sentence: what, where and what to do about it.

    Args:
        sentence: What is wrong and where.
        fix: What the reader can do; empty where nothing certain can be said.
        evidence: Literal lines that prove it: a log line, an event, a difference.
        code: A stable name of the failure for machines.
    """

    exit_code = 10

    def __init__(self, sentence: str, *, fix: str = "", evidence: Sequence[str] = (), code: str = "") -> None:
        super().__init__(sentence)
        self.fix = fix
        self.evidence = tuple(evidence)
        self.code = code or type(self).__name__

    @property
    def sentence(self) -> str:
        """What is wrong and where; the same words as `str(error)`."""
        return str(self)


class TestsFailed(SlipwayError):
    """A test of the release failed, or its state is not what it should be."""

    __test__ = False  # pytest would collect a class of this name
    exit_code = 1


class UsageError(SlipwayError):
    """An option, a value or a file cannot be used as it is."""

    exit_code = 2


class ConfigurationChanged(UsageError):
    """A cluster of this name runs with another configuration."""


class PreflightError(SlipwayError):
    """This machine lacks something the run needs."""

    exit_code = 3


class ProgramMissing(PreflightError):
    """A program is not on PATH."""


class Busy(PreflightError):
    """Another run works on the same cluster."""


class ClusterError(SlipwayError):
    """The cluster could not be created, or does not come up."""

    exit_code = 4


class ImageError(SlipwayError):
    """An image could not be built, or not be brought to a node."""

    exit_code = 5


class ReleaseRejected(SlipwayError):
    """Helm, kubectl or the API refused what it was given."""

    exit_code = 6


class ReleaseAbsent(ReleaseRejected):
    """There is no deployed release to work on."""


class RolloutFailed(SlipwayError):
    """A rollout failed, and the cause is known."""

    exit_code = 7


class RolloutTimeout(SlipwayError):
    """A rollout did not end in time, and no cause shows."""

    exit_code = 8


class LeftBehind(SlipwayError):
    """Something of ours is still there after it was removed."""

    exit_code = 9


class InfrastructureLost(SlipwayError):
    """Docker or the API went away in the middle of the run."""

    exit_code = 10


class ProgramFailed(InfrastructureLost):
    """A program ended with an error.

    Phases that expect it translate it into their own family; where nobody does, the infrastructure is lost.

    Args:
        argv: The program and its arguments.
        exit_status: What it ended with; negative for a signal.
        output: What it wrote to stdout.
        errors: What it wrote to stderr.
        how: How it ended, where that says more than its exit status.
    """

    def __init__(self, argv: Sequence[str], exit_status: int, output: str, errors: str, *, how: str = "") -> None:
        self.argv = tuple(argv)
        self.exit_status = exit_status
        self.output = output
        self.errors = errors
        self._how = how
        told = how or f"ended with {exit_status}: {self._last_line() or 'no word why'}"
        super().__init__(f"`{' '.join(argv[:3])}` {told}.")

    @property
    def reason(self) -> str:
        """Why it failed, without a full stop: the last line it wrote, which is where programs say it."""
        return self._how or self._last_line() or f"ended with {self.exit_status} and no word why"

    def _last_line(self) -> str:
        lines = [line.strip() for line in (self.errors or self.output).splitlines() if line.strip()]
        return lines[-1].removesuffix(".") if lines else ""


class ProgramTimeout(ProgramFailed):
    """A program did not end in its time and was ended.

    Args:
        argv: The program and its arguments.
        seconds: The time it had.
        output: What it had written to stdout.
        errors: What it had written to stderr.
    """

    def __init__(self, argv: Sequence[str], seconds: float, output: str, errors: str) -> None:
        super().__init__(argv, -signal.SIGTERM, output, errors, how=f"did not end within {seconds:g} s")


class ApiUnreachable(InfrastructureLost):
    """The Kubernetes API does not answer."""


class ApiRefused(InfrastructureLost):
    """The Kubernetes API answered with an error.

    Args:
        status: The HTTP status.
        reason: The `reason` of the Status object.
        message: Its `message`.
        where: The method and path.
    """

    def __init__(self, status: int, reason: str, message: str, where: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(f"The Kubernetes API answered {where} with {status} {reason}: {message}")


class Interrupted(BaseException):
    """A signal asked the run to end; nothing but the way out may catch it.

    Args:
        number: The signal's number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, as shells count."""
        return 128 + self.number
