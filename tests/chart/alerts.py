"""Load that raises each alert, and load that comes near and does not.

Values are promtool's: `0+6x10` begins at 0 and adds 6 ten times, `1x10` stays at 1 ten times more. One sample a minute.
"""

from typing import NamedTuple

POD = 'namespace="slipway",job="slipway",pod="slipway-1"'


class Case(NamedTuple):
    """Series and their values, and when the alert is looked for."""

    series: dict[str, str]
    minutes: int


def requests(good: str, bad: str, minutes: int) -> Case:
    name = "http_requests_total"
    told = {
        f'{name}{{{POD},handler="/api/v1/items",method="GET",status="200"}}': good,
        f'{name}{{{POD},handler="/api/v1/items",method="GET",status="503"}}': bad,
    }
    return Case(told, minutes)


def answers(fast: str, every: str, minutes: int) -> Case:
    name = "http_request_duration_highr_seconds"
    return Case({f'{name}_bucket{{{POD},le="0.5"}}': fast, f"{name}_count{{{POD}}}": every}, minutes)


def of_pod(name: str, values: str, minutes: int, more: str = "") -> Case:
    return Case({f"{name}{{{POD}{more}}}": values}, minutes)


def pods(number: int, minutes: int) -> Case:
    one = 'slipway_build_info{{namespace="slipway",job="slipway",pod="slipway-{}",version="1"}}'
    return Case({one.format(index): f"1x{minutes}" for index in range(number)}, minutes)


def job(name: str, failed: int) -> Case:
    series = f'kube_job_failed{{namespace="slipway",job_name="{name}",condition="true"}}'
    return Case({series: f"{failed}x5"}, 5)


FIRING: dict[str, list[Case]] = {
    # 2 % for more than an hour; then 0.7 % for six.
    "SlipwayErrorBudgetBurn": [requests("0+98x70", "0+2x70", 70), requests("0+993x400", "0+7x400", 400)],
    "SlipwayLatencyBudgetBurn": [answers("0+80x70", "0+100x70", 70)],
    "SlipwayDown": [of_pod("up", "1x5 0x10", 15), Case({}, 10)],
    "SlipwayNotReady": [of_pod("slipway_dependency_fit", "1x5 0x5", 10, ',check="database"')],
    "SlipwayEventLoopLag": [of_pod("slipway_event_loop_lag_seconds", "0.5x20", 20)],
    "SlipwayDatabasePoolExhausted": [of_pod("slipway_database_slots_waiting", "3x20", 20)],
    "SlipwayEventsLost": [of_pod("slipway_room_events_lost_total", "0x5 0+1x5", 10)],
    "SlipwayRestarting": [of_pod("process_start_time_seconds", "100x5 200x5 300x5 400x5", 20)],
    "SlipwayAtMaxReplicas": [pods(10, 20)],
    "SlipwayRedisAway": [
        of_pod("slipway_hub_degraded", "0x5 1x10", 15),
        of_pod("slipway_redis_errors_total", "0+5x20", 20, ',use="cache read"'),
    ],
    "SlipwayMigrationFailed": [job("slipway-migrate-0a1b2c3d", 1), job("slipway-migrate", 1)],
}
QUIET: dict[str, list[Case]] = {
    # Below the pace; over, though the day still shows it; and no request at all.
    "SlipwayErrorBudgetBurn": [
        requests("0+9995x70", "0+5x70", 70),
        requests("0+98x50 4980+100x130", "0+2x50 100x130", 175),
        requests("5x70", "5x70", 70),
    ],
    "SlipwayLatencyBudgetBurn": [answers("0+995x70", "0+1000x70", 70), answers("5x70", "5x70", 70)],
    "SlipwayDown": [of_pod("up", "1x20", 20), of_pod("up", "1x5 0x3 1x10", 15)],
    "SlipwayNotReady": [
        of_pod("slipway_dependency_fit", "1x20", 20, ',check="database"'),
        Case(
            {
                f'slipway_dependency_fit{{{POD},check="database"}}': "0x20",
                'slipway_dependency_fit{namespace="slipway",job="slipway",pod="slipway-2",check="database"}': "1x20",
            },
            20,
        ),
    ],
    "SlipwayEventLoopLag": [of_pod("slipway_event_loop_lag_seconds", "0.01x10 2 0.01x10", 20)],
    "SlipwayDatabasePoolExhausted": [of_pod("slipway_database_slots_waiting", "0x10 3x1 0x10", 20)],
    "SlipwayEventsLost": [of_pod("slipway_room_events_lost_total", "7x20", 20)],
    "SlipwayRestarting": [of_pod("process_start_time_seconds", "100x5 200x5 300x10", 20)],
    "SlipwayAtMaxReplicas": [pods(9, 20)],
    "SlipwayRedisAway": [
        of_pod("slipway_hub_degraded", "0x5 1x2 0x10", 15),
        of_pod("slipway_redis_errors_total", "0x10 1x20", 20, ',use="cache read"'),
    ],
    "SlipwayMigrationFailed": [job("slipway-migrate-0a1b2c3d", 0), job("slipway-migrate-other", 1)],
}
