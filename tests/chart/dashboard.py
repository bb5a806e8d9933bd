"""Write charts/slipway/files/dashboard.json, which Grafana reads, from the panels below.

python -m tests.chart.dashboard
"""

import json
from typing import NamedTuple

from grafana_foundation_sdk.builders.common import ReduceDataOptions, VizLegendOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, QueryVariable, Row
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as Graph
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    VariableRefresh,
    VariableSort,
)

from tests.chart.rendering import CHART

FILE = CHART / "files" / "dashboard.json"
DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
RELEASE = '{namespace="$namespace",job="$job"}'
LATENCY = "http_request_duration_highr_seconds"
WAIT = "slipway_database_slot_wait_seconds"


class Shown(NamedTuple):
    """One panel: its title, its unit, and what is shown in it, as legend and query."""

    title: str
    unit: str
    queries: dict[str, str]


def rate(name: str, *by: str, more: str = "") -> str:
    grouped = f" by ({', '.join(by)})" if by else ""
    return f"sum{grouped} (rate({name}{RELEASE[:-1]}{more}}}[$__rate_interval]))"


def by_pod(name: str) -> str:
    return f"max by (pod) ({name}{RELEASE})"


def quantile(share: float, name: str) -> str:
    return f"histogram_quantile({share}, {rate(f'{name}_bucket', 'le')})"


ALL_REQUESTS = rate("http_requests_total")
FAILED_REQUESTS = rate("http_requests_total", more=',status=~"5.."')

NOW = [
    Shown("Pods", units.Short, {"pods": f"count(slipway_build_info{RELEASE})"}),
    Shown("Requests", units.RequestsPerSecond, {"requests": ALL_REQUESTS}),
    Shown("Failed", units.PercentUnit, {"failed": f"({FAILED_REQUESTS} or 0 * {ALL_REQUESTS}) / {ALL_REQUESTS}"}),
    Shown("95 % are answered within", units.Seconds, {"p95": quantile(0.95, LATENCY)}),
    Shown("Dependencies fit", units.Short, {"{{check}}": f"min by (check) (slipway_dependency_fit{RELEASE})"}),
    Shown("Draining", units.Short, {"pods": f"sum(slipway_draining{RELEASE})"}),
]
ROWS = {
    "Requests": [
        Shown("By status", units.RequestsPerSecond, {"{{status}}": rate("http_requests_total", "status")}),
        Shown("By handler", units.RequestsPerSecond, {"{{handler}}": rate("http_requests_total", "handler")}),
        Shown(
            "Latency",
            units.Seconds,
            {name: quantile(share, LATENCY) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))},
        ),
        Shown(
            "Mean latency by handler",
            units.Seconds,
            {
                "{{handler}}": f"{rate('http_request_duration_seconds_sum', 'handler')}"
                f" / {rate('http_request_duration_seconds_count', 'handler')}"
            },
        ),
    ],
    "What may run out": [
        Shown(
            "Connections to the database in use",
            units.PercentUnit,
            {"{{pod}}": f"{by_pod('slipway_database_slots_in_use')} / {by_pod('slipway_database_slots')}"},
        ),
        Shown("Requests that wait for one", units.Short, {"{{pod}}": by_pod("slipway_database_slots_waiting")}),
        Shown("Their wait", units.Seconds, {"p50": quantile(0.5, WAIT), "p99": quantile(0.99, WAIT)}),
        Shown("Event loop wakes late", units.Seconds, {"{{pod}}": by_pod("slipway_event_loop_lag_seconds")}),
        Shown(
            "Computations",
            units.Short,
            {
                "running in {{pod}}": by_pod("slipway_computations_running"),
                "waiting in {{pod}}": by_pod("slipway_computations_waiting"),
            },
        ),
        Shown("Other threads in use", units.Short, {"{{pod}}": by_pod("slipway_threads_in_use")}),
    ],
    "Rooms": [
        Shown("WebSockets", units.Short, {"{{pod}}": by_pod("slipway_websockets_open")}),
        Shown(
            "Frames",
            units.Short,
            {"received": rate("slipway_room_frames_received_total"), "sent": rate("slipway_room_frames_sent_total")},
        ),
        Shown(
            "Lost",
            units.Short,
            {
                "slow WebSockets closed": rate("slipway_websockets_dropped_total"),
                "events nobody heard": rate("slipway_room_events_lost_total"),
            },
        ),
        Shown("Cut off from other pods", units.Short, {"{{pod}}": by_pod("slipway_hub_degraded")}),
    ],
    "Cache and Redis": [
        Shown(
            "Cache",
            units.Short,
            {"{{outcome}} in {{layer}}": rate("slipway_cache_reads_total", "layer", "outcome")},
        ),
        Shown("Redis asked in vain", units.Short, {"{{use}}": rate("slipway_redis_errors_total", "use")}),
    ],
    "Processes, where a pod has one worker": [
        Shown("Processor", units.Short, {"{{pod}}": rate("process_cpu_seconds_total", "pod")}),
        Shown("Memory", units.BytesIEC, {"{{pod}}": by_pod("process_resident_memory_bytes")}),
        Shown("Age", units.Seconds, {"{{pod}}": f"time() - {by_pod('process_start_time_seconds')}"}),
        Shown("Versions", units.Short, {"{{version}}": f"count by (version) (slipway_build_info{RELEASE})"}),
    ],
}


def targets(shown: Shown) -> list[Dataquery]:
    return [
        Dataquery().datasource(DATASOURCE).expr(query).legend_format(legend).ref_id(chr(ord("A") + index))
        for index, (legend, query) in enumerate(shown.queries.items())
    ]


def stat(shown: Shown) -> Stat:
    latest = ReduceDataOptions().calcs(["lastNotNull"])
    panel = Stat().title(shown.title).unit(shown.unit).datasource(DATASOURCE).span(4).height(4)
    return panel.reduce_options(latest).targets(list(targets(shown)))


def graph(shown: Shown) -> Graph:
    legend = VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM).show_legend(True)  # noqa: FBT003
    panel = Graph().title(shown.title).unit(shown.unit).datasource(DATASOURCE).span(12).height(8)
    return panel.min(0).legend(legend).targets(list(targets(shown)))


def variable(name: str, query: str) -> QueryVariable:
    found = QueryVariable(name).datasource(DATASOURCE).query(query)
    return found.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)


def dashboard() -> str:
    """The dashboard, as the text of the file."""
    made = Dashboard("Slipway").uid("slipway").tags(["slipway"]).readonly().tooltip(DashboardCursorSync.CROSSHAIR)
    made = made.time("now-1h", "now").refresh("30s").timezone("browser")
    made = made.with_variable(DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    made = made.with_variable(variable("namespace", "label_values(slipway_build_info, namespace)"))
    made = made.with_variable(variable("job", 'label_values(slipway_build_info{namespace="$namespace"}, job)'))
    for shown in NOW:
        made = made.with_panel(stat(shown))
    for title, row in ROWS.items():
        made = made.with_row(Row(title))
        for shown in row:
            made = made.with_panel(graph(shown))
    return json.dumps(made.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(dashboard())
