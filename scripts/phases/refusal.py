"""What a program says when the cluster does not take what it brings: a refusal, unless the cluster itself is gone."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from scripts.analyzers.refusals import refusal_sentence
from scripts.core.errors import ApiUnreachable, ProgramFailed, ProgramTimeout, ReleaseRejected
from scripts.core.objects import Object
from scripts.phases.context import Context


@dataclass(frozen=True)
class Refusal:
    """How a refusal is told.

    Attributes:
        beginning: The sentence up to the colon; the program's own reason follows.
        code: Its stable name.
        fix: What the reader can do.
        schema: The chart's schema, to offer the name of a value that was meant.
        lines: How many of the program's last lines are shown besides.
    """

    beginning: str
    code: str
    fix: str = ""
    schema: Object = field(default_factory=dict)
    lines: int = 0


@contextlib.contextmanager
def refusals_told(context: Context, refusal: Refusal) -> Iterator[None]:
    """Tell the failure of the helm or kubectl that runs inside.

    Raises:
        ReleaseRejected: It was refused.
        ApiUnreachable: The API no longer answers.
        ProgramTimeout: It did not end in time, so nobody has refused anything.
    """
    try:
        yield
    except ProgramTimeout:
        raise
    except ProgramFailed as failed:
        if not context.api().ready():
            raise ApiUnreachable(f"The Kubernetes API no longer answers {failed.argv[0]}: {failed.reason}.") from failed
        raise ReleaseRejected(
            f"{refusal.beginning}: {refusal_sentence(failed.errors, refusal.schema)}",
            fix=refusal.fix,
            evidence=failed.errors.splitlines()[-refusal.lines :] if refusal.lines else (),
            code=refusal.code,
        ) from failed
