"""What a drill found, for people and for machines."""

from dataclasses import dataclass
from datetime import UTC, datetime

from scripts.core.objects import Object
from scripts.drills.budget import Act
from scripts.drills.chronicle import Change, laid_to
from scripts.drills.drill import Drill
from scripts.load import ItemId, LoadResult

SHOWN = 5


@dataclass(frozen=True)
class DrillReport:
    """One drill, or its negative control.

    Attributes:
        drill: Which.
        control: Whether it was the negative control.
        load: What the client saw; nothing was sent twice.
        acts: What was done to the release.
        changes: What became of its pods meanwhile.
        lost: Items whose creation was acknowledged and that were not there afterwards.
        unmet: In sentences, what should have been and was not, the budget included.
    """

    drill: Drill
    control: bool
    load: LoadResult
    acts: tuple[Act, ...]
    changes: tuple[Change, ...]
    lost: tuple[ItemId, ...]
    unmet: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as it should be; of a control this must be false."""
        return not self.unmet

    @property
    def name(self) -> str:
        """The drill's name, and whether it is the control."""
        return f"{self.drill.name} (control)" if self.control else self.drill.name

    @property
    def date(self) -> str:
        """The day of the load, UTC."""
        return datetime.fromtimestamp(self.load.started_at, UTC).date().isoformat()

    def to_object(self) -> Object:
        """The figures for machines; times in seconds."""
        load, latency = self.load, self.load.latency
        return {
            "drill": self.drill.name,
            "control": self.control,
            "budget": str(self.drill.budget),
            "passed": self.passed,
            "unmet": list(self.unmet),
            "requests": load.requests,
            "failed": len(load.failures),
            "failures": dict(load.failures_by_class),
            "lost_writes": list(self.lost),
            "kept_connections": load.kept,
            "rate": round(load.achieved_rate, 1),
            "p50": latency.p50,
            "p99": latency.p99,
            "max": latency.max,
            "seconds": round(load.duration, 1),
            "acts": [{"name": act.name, "begin": round(act.begin, 1), "end": round(act.end, 1)} for act in self.acts],
            "pods": sorted(load.pods),
            "date": self.date,
        }

    def table(self) -> str:
        """The figures for people."""
        load, latency = self.load, self.load.latency
        kept = f"{load.kept} on kept connections, {load.requests - load.kept} on new ones"
        acts = ", ".join(f"{act.name} {act.end - act.begin:.0f} s" for act in self.acts)
        without = f"without {self.drill.control}" if self.control else "no"
        lines = [
            ("drill", self.drill.title),
            ("control", without),
            ("budget", str(self.drill.budget)),
            ("requests", f"{load.requests} at {load.achieved_rate:.0f}/s, no retry; {kept}"),
            ("failed", f"{len(load.failures)} {_classes(load)}".rstrip()),
            ("lost writes", f"{len(self.lost)} of {len(load.writes.created)} acknowledged creations"),
            ("latency", f"p50 {latency.p50 * 1000:.1f} ms, p99 {latency.p99 * 1000:.1f} ms"),
            ("duration", f"{load.duration:.1f} s, {len(load.pods)} pods served"),
            ("done", acts),
            *(("unmet", sentence) for sentence in self.unmet),
        ]
        return "\n".join([f"{name:<12}{text}" for name, text in lines] + [*self._first()])

    def _first(self) -> list[str]:
        """The first failures, each with the change of a pod that is nearest to it."""
        return [
            f"  at {failure.at:6.1f} s  {failure.method} {failure.path}: {failure.detail}; "
            f"{laid_to(failure, self.changes)}"
            for failure in self.load.failures[:SHOWN]
        ]


def _classes(load: LoadResult) -> str:
    told = ", ".join(f"{count} {error}" for error, count in load.failures_by_class.items())
    return f"({told})" if told else ""
