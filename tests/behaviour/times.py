"""G6: drain + graceful + closing < grace, in whatever the settings accept and in whatever the chart renders."""

import itertools
from collections.abc import Iterator
from typing import Any

from service.settings import CLOSING_SECONDS, Settings
from tests.behaviour import budgets
from tests.behaviour.figures import Figure
from tests.behaviour.stand import Stand
from tests.chart.rendering import INSTALLED, template
from tests.chart.scenarios import PRODUCTION

DRAINS = (0, 1, 5, 10, 30, 60, 120)
GRACEFULS = (0, 1, 10, 30, 60, 240)
GRACES = (1, 5, 10, 15, 16, 30, 45, 60, 90, 130, 300, 400)


def accepted_wrongly() -> int:
    """Settings that are not refused and whose process would be killed before it is done."""
    wrong = 0
    for drain, graceful, grace in itertools.product(DRAINS, GRACEFULS, GRACES):
        settings = Settings(drain_seconds=drain, graceful_seconds=graceful, termination_grace_seconds=grace)
        refused = any(name == "termination_grace_seconds" for name, _ in settings.contradictions())
        wrong += not refused and drain + graceful + CLOSING_SECONDS >= grace
    return wrong


def rendered_wrongly(helm: str) -> int:
    """Drains whose manifests give a pod less time than its process takes."""
    return sum(not fits(template(helm, {**PRODUCTION, "availability": {"drainSeconds": drain}})) for drain in DRAINS)


def fits(documents: list[dict[str, Any]]) -> bool:
    (pod,) = (each["spec"]["template"]["spec"] for each in documents if each["kind"] == "Deployment")
    (settings,) = (
        each["data"] for each in documents if each["kind"] == "ConfigMap" and "SLIPWAY_DRAIN_SECONDS" in each["data"]
    )
    pause = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    drain, graceful = float(settings["SLIPWAY_DRAIN_SECONDS"]), float(settings["SLIPWAY_GRACEFUL_SECONDS"])
    grace = pod["terminationGracePeriodSeconds"]
    told = float(settings["SLIPWAY_TERMINATION_GRACE_SECONDS"])
    return bool(pause + drain + graceful + CLOSING_SECONDS < grace and told <= grace - pause)


def measure(_stand: Stand) -> Iterator[Figure]:
    yield Figure(budgets.TIMES_WRONG, accepted_wrongly(), "none is looked at")
    if INSTALLED:
        yield Figure(budgets.CHART_WRONG, rendered_wrongly(INSTALLED[0]), "30 s graceful of 30 s grace")
