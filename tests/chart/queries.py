"""The queries of the dashboard, as Grafana would send them."""

import json

from tests.chart.dashboard import FILE


def queries(namespace: str, job: str, span: str = "5m") -> dict[str, str]:
    """Each query, by its panel's title and its legend, for one release."""
    filled = {"$namespace": namespace, "$job": job, "$__rate_interval": span}
    found = {}
    for panel in json.loads(FILE.read_text())["panels"]:
        for target in panel.get("targets", []):
            query = target["expr"]
            for variable, value in filled.items():
                query = query.replace(variable, value)
            found[f"{panel['title']}: {target['legendFormat']}"] = query
    return found
