"""G9: the probes while every database thread is busy and while Redis hangs."""

import contextlib
import http.client
import os
import signal
import time
from collections.abc import Callable, Iterator

from scripts.load.percentiles import nearest_rank
from tests.behaviour import budgets
from tests.behaviour.figures import Figure
from tests.behaviour.stand import Stand, a_reader, beside, hammer

PATHS = {"/health/live": budgets.LIVE_P99, "/health/ready": budgets.READY_P99, "/metrics": budgets.METRICS_P99}
CLIENTS = 300
SECONDS = 8.0
NAP = 0.02
PATIENCE_SECONDS = 10.0


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process hangs: it accepts connections and answers nothing."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def p99s(port: int, paths: tuple[str, ...], going_on: Callable[[], bool]) -> dict[str, float]:
    """Milliseconds of the slowest but one percent, for each path, asked in turn."""
    taken: dict[str, list[float]] = {path: [] for path in paths}
    while going_on():
        for path, times in taken.items():
            begin = time.monotonic()
            _ask(port, path)
            times.append(1000 * (time.monotonic() - begin))
        time.sleep(NAP)
    return {path: nearest_rank(sorted(times), 99) for path, times in taken.items()}


def _ask(port: int, path: str) -> None:
    """As a kubelet does: on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    with contextlib.closing(connection), contextlib.suppress(TimeoutError):  # then that is what it took, at least
        connection.request("GET", path)
        connection.getresponse().read()


def under_load(address: str, port: int, request: bytes, paths: tuple[str, ...], seconds: float) -> dict[str, float]:
    """The probes while the load lasts."""
    with beside(hammer, address, request, CLIENTS, seconds) as load:
        found = p99s(port, paths, lambda: not load.done())
        tally = load.result()
    print(f"G9: {tally.rate:.0f} req/s beside the probes; {dict(tally.outcomes.most_common(3))}")
    return found


def probes(stand: Stand, seconds: float = SECONDS) -> list[dict[str, float]]:
    """With every database thread busy; then with Redis hung besides."""
    paths = tuple(PATHS)
    with stand.serving(redis_url=stand.redis, rate_limit="1000000/minute", cache_seconds=30) as server:
        item = a_reader(server.public)
        request = item.request.replace(b"GET ", b"GET ").replace(item.path.encode(), b"/api/v1/users/me")
        busy = under_load(server.public, server.admin_port, request, paths, seconds)
        with stopped(stand.redis_pid):
            hung = under_load(server.public, server.admin_port, item.request, paths, seconds)
    return [busy, hung]


def naive_probe(stand: Stand, request: bytes) -> float:
    with stand.naive_on_postgres() as server:
        return under_load(server.address, server.port, request, ("/health/live",), 3.0)["/health/live"]


def measure(stand: Stand) -> Iterator[Figure]:
    found = probes(stand)
    print("G9:", found)
    with stand.serving() as server:
        request = a_reader(server.public).request
    naive = {"/health/live": f"{naive_probe(stand, request):.0f} ms"}
    for path, budget in PATHS.items():
        yield Figure(budget, max(each[path] for each in found), naive.get(path, ""))
