"""What a drill in a room found: what was lost, told twice or out of order, and the table of it."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.drills.rooms import Listener, Member, Speaker


@dataclass(frozen=True)
class RoomFigures:
    """The figures of one drill.

    Attributes:
        speakers: Who spoke.
        listeners: Who came back with the last id.
        naive: Who came back without it.
        rollouts: How often every pod was replaced.
        seconds: From the first message to the last.
    """

    speakers: tuple[Speaker, ...]
    listeners: tuple[Listener, ...]
    naive: tuple[Listener, ...]
    rollouts: int
    seconds: float

    @property
    def acknowledged(self) -> dict[str, str]:
        """Text by id."""
        return {number: text for speaker in self.speakers for text, number in speaker.acknowledged.items()}

    @property
    def sent(self) -> int:
        return sum(len(speaker.due) for speaker in self.speakers)

    def missing(self, listener: Listener) -> set[str]:
        """Acknowledged ids that the listener was never told."""
        return self.acknowledged.keys() - {heard.number for heard in listener.heard}

    def repeated(self, listener: Listener) -> int:
        """How often the listener was told something again."""
        return len(listener.heard) - len({heard.number for heard in listener.heard})

    def disordered(self, listener: Listener) -> int:
        """How often a speaker's message came to the listener after a later one of that speaker."""
        latest: Counter[str] = Counter()
        count = 0
        for heard in listener.heard:
            name, _, number = heard.text.rpartition(" ")
            count += int(number) + 1 <= latest[name]
            latest[name] = max(latest[name], int(number) + 1)
        return count

    def delivery(self, share: float) -> float:
        """Seconds within which this share of the messages reached those who resume, from the moment each was due."""
        due = {text: at for speaker in self.speakers for text, at in speaker.due.items()}
        waits = sorted(heard.at - due[heard.text] for listener in self.listeners for heard in listener.heard)
        return waits[math.ceil(share * len(waits)) - 1] if waits else math.inf

    def table(self) -> str:
        everyone: tuple[Member, ...] = (*self.speakers, *self.listeners, *self.naive)
        refusals = sum((speaker.refusals for speaker in self.speakers), Counter())
        lines = [
            ("messages", f"{self.sent} sent by {len(self.speakers)} senders, {len(self.acknowledged)} acknowledged"),
            ("receivers", f"{len(self.listeners)} that resume, {len(self.naive)} that do not"),
            ("resume", self._told(self.listeners)),
            ("control", self._told(self.naive)),
            ("reconnects", f"{sum(member.connections - 1 for member in everyone)}; {_counts(_endings(everyone))}"),
            ("refusals", _counts(refusals) or "none"),
            ("delivery", f"p50 {self.delivery(0.5) * 1000:.0f} ms, p99 {self.delivery(0.99) * 1000:.0f} ms"),
            ("duration", f"{self.seconds:.1f} s, {self.rollouts} rollouts"),
        ]
        return "\n".join(f"{name:<12}{text}" for name, text in lines)

    def _told(self, listeners: Iterable[Listener]) -> str:
        told = [(len(self.missing(each)), self.repeated(each), self.disordered(each)) for each in listeners]
        lost, repeated, disordered = (sum(column) for column in zip(*told, strict=True))
        return f"{lost} lost, {repeated} told twice, {disordered} out of order"


def _endings(members: Iterable[Member]) -> Counter[str]:
    return sum((member.endings for member in members), Counter())


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} x {name}" for name, count in counter.most_common())
