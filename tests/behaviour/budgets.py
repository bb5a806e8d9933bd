"""Every promise, in one place."""

from tests.behaviour.figures import Budget

# G3: a rolling stop, the endpoint removed one second after SIGTERM.
KEPT_LOSSES = Budget("G3", "failed requests of 20 clients, connections kept", most=0)
NEW_LOSSES = Budget("G3", "failed requests of 20 clients, a connection each", most=0)
UNREADY = Budget("G3", "SIGTERM to readiness 503", "ms", most=100)
CLOSING_ANSWERS = Budget("G3", "answers in the drain with Connection: close", "%", least=100)
# G4: a request longer than its budget.
OVERRUN = Budget("G4", "exit after drain + graceful, a request hanging", "s", most=1)
LIFESPAN_CLOSED = Budget("G4", "lifespans that closed although a request hung", "%", least=100)
# G5: 200 WebSockets at SIGTERM.
SOCKETS_LOST = Budget("G5", "of 200 WebSockets, not closed with 1012 and a reason", most=0)
SOCKETS_SPREAD = Budget("G5", "share of the drain over which they are closed", "%", least=60)
SOCKETS_LATE = Budget("G5", "closed after the drain", most=0)
# G6: the times of a stop.
TIMES_WRONG = Budget("G6", "times that break drain + graceful + closing < grace, and are accepted", most=0)
CHART_WRONG = Budget("G6", "the same of the chart's manifests, drains of 0 to 120 s", most=0)
# G8: reads behind authentication, five connections.
KEPT_THROUGHPUT = Budget("G8", "throughput at 300 clients, of that at 20", "%", least=85)
READ_P99 = Budget("G8", "p99 at 300 clients", "s", most=1)
# G9: probes while that goes on.
LIVE_P99 = Budget("G9", "liveness p99", "ms", most=50)
READY_P99 = Budget("G9", "readiness p99", "ms", most=50)
METRICS_P99 = Budget("G9", "/metrics p99", "ms", most=250)
# G10: more than can be served.
WAIT = Budget("G10", "longest wait for a database slot, then 503", "s", most=2.5)
RETRY_AFTER = Budget("G10", "of these, a problem document with Retry-After", "%", least=100)
GOODPUT = Budget("G10", "goodput at ten times the peak", "% of peak", least=80)
# G11: a flood of logins.
LOGIN_MEMORY = Budget("G11", "memory growth of 100 logins at once", "MiB", most=100)
LOGIN_P99 = Budget("G11", "p99 of other requests meanwhile, of that when idle", "x", most=2)
# G28: rate limits.
LIMIT_ERROR = Budget("G28", "accepted beyond or below a limit of 100, two processes", most=1)
LIMIT_REDIS_LOSS = Budget("G28", "failed requests after Redis was lost", most=0)
LIMIT_FORWARDED = Budget("G28", "accepted beyond the limit with rotating X-Forwarded-For", most=0)
# G30, G31: rooms.
ROOM_P99 = Budget("G30", "message from one process to a listener of another, p99", "ms", most=50)
ROOM_WRONG = Budget("G30", "messages lost, doubled or out of order", most=0)
ROOM_CLOSED = Budget("G30", "sockets closed by an outage of Redis", most=0)
ROOM_SILENT = Budget("G30", "sockets that were not told, or heard nothing after it", most=0)
STALL_LOST = Budget("G31", "messages that 99 clients lost beside a stalled one", most=0)
STALL_P99 = Budget("G31", "their delay, p99", "ms", most=50)
STALL_CODE = Budget("G31", "the stalled one closed within the deadline", "%", least=100)
STALL_MEMORY = Budget("G31", "memory growth of the process", "MiB", most=100)
# G34: series.
METRICS_LINES = Budget("G34", "lines of /metrics after 10,000 hostile requests", most=499)

BUDGETS = tuple(value for value in dict(globals()).values() if isinstance(value, Budget))
