"""G8: reads behind authentication at 20, 100 and 300 clients, with five connections to PostgreSQL."""

from collections.abc import Iterator

from tests.behaviour import budgets
from tests.behaviour.figures import Figure
from tests.behaviour.load import Tally
from tests.behaviour.stand import Stand, a_reader, hammer

CLIENTS = (20, 100, 300)
SECONDS = 5.0


def ladder(address: str, request: bytes, seconds: float = SECONDS) -> list[Tally]:
    """One load after another; the first warms up."""
    hammer(address, request, 20, 1.0)
    return [hammer(address, request, clients, seconds) for clients in CLIENTS]


def naive_ladder(stand: Stand, request: bytes, seconds: float = SECONDS) -> list[Tally]:
    """The same of the session-per-request shape; a fresh process each, since none recovers by itself in time."""
    tallies = []
    for clients in CLIENTS:
        with stand.naive_on_postgres() as server:
            tallies.append(hammer(server.address, request, clients, seconds))
    return tallies


def told(tallies: list[Tally]) -> str:
    return " / ".join(f"{tally.rate:.0f}" for tally in tallies) + " req/s"


def measure(stand: Stand) -> Iterator[Figure]:
    with stand.serving(database_pool_size=5) as server:
        reader = a_reader(server.public)
        ours = ladder(server.public, reader.request)
    naive = naive_ladder(stand, reader.request)
    print(f"G8: {told(ours)} at 20 / 100 / 300 clients; session per request: {told(naive)}")
    few, _, many = ours
    yield Figure(budgets.KEPT_THROUGHPUT, 100 * many.rate / few.rate, f"{100 * naive[2].rate / naive[0].rate:.0f} %")
    yield Figure(budgets.READ_P99, many.p99, f"{naive[2].p99:.1f} s" if naive[2].latencies else "none answered")
