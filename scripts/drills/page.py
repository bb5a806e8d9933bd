"""docs/drills.md, of what the drills found."""

from collections.abc import Sequence

from scripts.drills.report import DrillReport

HEAD = """# Drills

What happens to releases, done to this one under load, and held against a budget that was said before.
`slipway drill all --write` writes this page: {rate:.0f} requests a second through the Ingress, half of them on new
connections, none sent twice, one kind node, {date}. Each control takes away what the drill is about, and has to exceed
the budget.

| drill | what happens | budget | requests | failed | lost writes | p99 | its control |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def page(pairs: Sequence[tuple[DrillReport, DrillReport]]) -> str:
    """The page.

    Args:
        pairs: Each drill with its control.
    """
    first, _ = pairs[0]
    head = HEAD.format(rate=first.load.rate, date=first.date)
    return head + "".join(_row(drill, control) for drill, control in pairs) + "\n" + "".join(map(_acts, pairs))


def _row(report: DrillReport, control: DrillReport) -> str:
    load = report.load
    cells = [
        f"`{report.drill.name}`",
        report.drill.title,
        str(report.drill.budget),
        f"{load.requests:,}",
        f"**{len(load.failures)}**" + ("" if report.passed else f" ({'; '.join(report.unmet)})"),
        f"{len(report.lost)} of {len(load.writes.created):,}",
        f"{load.latency.p99 * 1000:.0f} ms",
        f"without {control.drill.control}: " + ("; ".join(control.unmet) or "passed, so the drill proves nothing"),
    ]
    return f"| {' | '.join(cells)} |\n"


def _acts(pair: tuple[DrillReport, DrillReport]) -> str:
    report, _ = pair
    done = ", ".join(f"{act.name} {act.end - act.begin:.0f} s" for act in report.acts)
    return f"- `{report.drill.name}`: {done}; {len(report.load.pods)} pods served.\n"
