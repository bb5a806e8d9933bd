"""Runs phases one after the other, timed, and keeps what became of each."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from scripts.core.errors import SlipwayError
from scripts.core.objects import Object
from scripts.phases.context import Context, Outcome

Done = TypeVar("Done", bound=Outcome)


@dataclass
class Course:
    """The phases of one run so far."""

    context: Context
    phases: list[Object] = field(default_factory=list)

    def go(self, phase: str, step: Callable[[], Done]) -> Done:
        """Do one phase; say what it did and how long it took, also where it fails."""
        voice = self.context.voice(phase)
        started = time.monotonic()
        try:
            outcome = step()
        except SlipwayError as error:
            self._note(phase, "fail", started)
            voice.say("fail", "", "it failed", code=error.code, seconds=time.monotonic() - started)
            raise
        status = "changed" if outcome.changed else "unchanged"
        self._note(phase, status, started)
        voice.say(status, "", outcome.message, seconds=time.monotonic() - started)
        return outcome

    @property
    def changed(self) -> bool:
        """Whether any phase changed anything."""
        return any(phase["status"] == "changed" for phase in self.phases)

    def _note(self, phase: str, status: str, started: float) -> None:
        self.phases.append({"phase": phase, "status": status, "seconds": round(time.monotonic() - started, 3)})
