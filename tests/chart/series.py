"""The series that PromQL asks for, and those that the service tells on its admin port."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import promql_parser
from prometheus_client.parser import text_string_to_metric_families

from tests.support.server import serving

# What Prometheus adds to each series that it reads, by the chart's monitors and by k8s/monitoring alike.
OF_THE_TARGET = frozenset({"namespace", "job", "pod"})
# Prometheus' own, and the one of kube-state-metrics: nobody but Kubernetes knows that a Job has failed.
OF_OTHERS = {"up": OF_THE_TARGET, "kube_job_failed": frozenset({"namespace", "job_name", "condition"})}
RECORDED = re.compile(r"slipway:http_requests:(error|slow)_ratio_rate\d+[mhd]")


def read_series(folder: Path) -> dict[str, set[str]]:
    """Start the service, use what has labels only once it is used, and read its metrics."""
    found: dict[str, set[str]] = defaultdict(set)
    with serving(folder) as server:
        httpx.get(f"{server.public}/api/v1/compute/1000")
        for family in text_string_to_metric_families(httpx.get(f"{server.admin}/metrics").text):
            for sample in family.samples:
                found[sample.name] |= sample.labels.keys()
    return dict(found)


def unknown(query: str, exported: dict[str, set[str]]) -> list[str]:
    """The series and labels of a query that nobody tells, each as a sentence."""
    tree = promql_parser.parse(query)
    selectors: list[Any] = []
    groupings: set[str] = set()

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            selectors.append(node)
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            groupings.update(node.modifier.labels)
        return True

    promql_parser.walk(tree, visit)
    known = {selector.name: _labels(selector.name, exported) for selector in selectors}
    everything = set().union(*(labels or set() for labels in known.values()))
    return [*_of_selectors(selectors, known), *(f"no series has {name}" for name in sorted(groupings - everything))]


def _of_selectors(selectors: list[Any], known: dict[str, set[str] | None]) -> Iterator[str]:
    for selector in selectors:
        labels = known[selector.name]
        asked = {matcher.name for matcher in selector.matchers.matchers}
        if labels is None:
            yield f"{selector.name} is told by nobody"
        else:
            yield from (f"{selector.name} has no {name}" for name in sorted(asked - labels))


def _labels(name: str, exported: dict[str, set[str]]) -> set[str] | None:
    if name in OF_OTHERS:
        return set(OF_OTHERS[name])
    if RECORDED.fullmatch(name):
        return {"namespace", "job"}
    return exported[name] | OF_THE_TARGET if name in exported else None
