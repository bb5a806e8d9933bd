"""Programs that answer without being started: many times as fast, and the same to whoever runs them."""

import shutil
from collections.abc import Callable, Collection, Mapping

from scripts.core.errors import ProgramFailed, ProgramTimeout
from scripts.core.process import Completed, Programs, Watcher, missing
from tests.tool.world.machine import Answer

Ask = Callable[[str, list[str], str, dict[str, str]], Answer | None]
Run = Callable[..., Completed]


def answered_by(ask: Ask) -> Run:
    """What stands in for `Programs.run`: it asks `ask`; a program that gets no answer has run out of time."""

    def run(
        programs: Programs,
        *argv: str,
        timeout: float,
        stdin: str | None = None,
        extra: Mapping[str, str] | None = None,
        watch: Watcher | None = None,
        accept: Collection[int] = (0,),
    ) -> Completed:
        environment = {**programs._environment, **(extra or {})}
        if shutil.which(argv[0], path=environment["PATH"]) is None:
            raise missing(argv[0])
        answer = ask(argv[0], list(argv[1:]), stdin or "", environment)
        if answer is None:
            raise ProgramTimeout(argv, timeout, "", "")
        if watch:
            for line in (answer.output + answer.errors).splitlines():
                watch(line)
        if answer.status not in accept:
            raise ProgramFailed(argv, answer.status, answer.output, answer.errors)
        return Completed(answer.status, answer.output, answer.errors, 0.0)

    return run
