"""Values that together switch every part of the chart on and off: those of its folder ci/."""

from typing import Any

import yaml

from tests.chart.rendering import CHART

Values = dict[str, Any]

URL = "postgresql://app@db.example.com:5432/app"
ALL: dict[str, Values] = {
    path.name.removesuffix("-values.yaml"): yaml.safe_load(path.read_text())
    for path in sorted((CHART / "ci").glob("*-values.yaml"))
}
PRODUCTION = ALL["production"]
EXISTING = ALL["existing"]
TRIAL = ALL["trial"]
HOOK = ALL["hook"]
EVERYTHING = ALL["everything"]
FETCHED = ALL["fetched"]
MOUNTED = ALL["mounted"]
EXTENDED = ALL["extended"]
CLOSED = ALL["closed"]
ROUTED = ALL["routed"]
WATCHED = ALL["watched"]
WATCHED_OTHERWISE = ALL["watched-otherwise"]
# What needs a Kubernetes later than the oldest that the chart runs on.
LATER = {"aws": "1.34", "address": "1.34"}


def merged(values: Any, change: Any) -> Any:
    """The values with those of the change in their place, mapping by mapping."""
    if not (isinstance(values, dict) and isinstance(change, dict)):
        return change
    return {**values, **{key: merged(values.get(key), value) for key, value in change.items()}}
