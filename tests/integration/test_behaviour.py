"""The measurements of tests/behaviour with small loads: what is promised, beside what the usual shape does.

`make behaviour` measures the full figures against their budgets; here only what does not depend on a quiet machine.
"""

import asyncio
from collections.abc import Iterator

import pytest

from tests.behaviour import ending, limits, overload, probing, reads, rollout, rooms, series, stalled
from tests.behaviour.figures import missed
from tests.behaviour.load import at, closed_loop
from tests.behaviour.stand import Stand, a_reader, hammer, stand
from tests.support.postgres import programs
from tests.support.redis import program

pytestmark = [pytest.mark.process, pytest.mark.clock, pytest.mark.speed, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed: no initdb")
    with stand(tmp_path_factory.mktemp("stand")) as running:
        yield running


@pytest.fixture
def with_redis(servers: Stand) -> Stand:
    if program() is None:
        pytest.skip("neither valkey-server nor redis-server is installed")
    return servers


@pytest.mark.parametrize("connections", ["kept", "new"])
def test_a_rolling_stop_loses_nothing_where_a_handler_that_exits_loses_some(servers: Stand, connections: str) -> None:
    kept = connections == "kept"
    ours, naive = rollout.losses(servers, kept=kept), rollout.naive_losses(servers, kept=kept)
    assert ours.failed == 0, ours.outcomes
    assert len(ours.latencies) > 100
    assert naive.failed > 0


def test_a_hanging_request_costs_gunicorns_usual_worker_its_lifespan(servers: Stand) -> None:
    assert ending.overrun(servers)[1]
    assert not ending.naive_overrun(servers)[1]


def test_sockets_are_told_to_come_back_where_a_handler_that_exits_cuts_them_off(servers: Stand) -> None:
    with servers.serving(**ending.STOP) as server:
        ended = asyncio.run(ending.goodbyes(f"ws://127.0.0.1:{server.public_port}/ws/echo", server.terminate, 40))
    with servers.naive("guide") as plain:
        cut = asyncio.run(ending.goodbyes(f"ws://127.0.0.1:{plain.port}/ws/1", plain.process.terminate, 40))
    assert ending.unnamed(ended) == 0
    assert ending.spread(ended) >= 60
    assert ending.unnamed(cut) == 40


def test_many_clients_are_served_where_a_session_per_request_stands_still(servers: Stand) -> None:
    with servers.serving() as server:
        reader = a_reader(server.public)
        hammer(server.public, reader.request, 20, 1)
        few, many = (hammer(server.public, reader.request, clients, 2) for clients in (20, 100))
    with servers.naive_on_postgres() as usual:
        naive = hammer(usual.address, reader.request, 100, 2)
    print(reads.told([few, many, naive]))
    assert many.failed == 0
    assert many.rate > 0.6 * few.rate
    assert naive.rate < 0.6 * many.rate


def test_probes_answer_while_every_database_thread_hangs(servers: Stand) -> None:
    with servers.serving(database_pool_size=2) as server:
        reader = a_reader(server.public)
        asyncio.run(closed_loop(at(server.public), reader.request, clients=10, seconds=0.5))
        with overload.hung_database(servers):
            found = probing.under_load(server.public, server.admin_port, reader.request, tuple(probing.PATHS), 4)
    assert found["/health/live"] < 250, found
    assert found["/health/ready"] < 250, found


def test_the_wait_for_a_slot_is_bounded_and_says_when_to_come_back(servers: Stand) -> None:
    waits, proper = overload.refusals(servers)
    assert waits
    assert min(waits) > 1.9
    assert proper == 100


def test_ten_times_too_much_leaves_the_goodput_standing(servers: Stand) -> None:
    with servers.serving(database_pool_size=overload.POOL) as server:
        reader = a_reader(server.public)
        with overload.slow_database(servers):
            peak, over = overload.peak_and_goodput(server.public, reader.request, 3)
    assert over.rate > 0.5 * peak.rate, over.outcomes
    assert over.failed > over.rate


def test_two_processes_share_a_limit_where_each_alone_gives_it_again(with_redis: Stand) -> None:
    assert abs(limits.accepted(with_redis, redis_url=with_redis.redis) - limits.LIMIT) <= 1
    assert limits.accepted(with_redis) == 2 * limits.LIMIT


def test_a_limit_holds_nobody_up_while_redis_hangs(with_redis: Stand) -> None:
    assert limits.failed_without_redis(with_redis) == 0


def test_a_room_is_one_in_two_processes_and_lives_through_an_outage_of_redis(with_redis: Stand) -> None:
    assert not missed(figure for figure in rooms.measure(with_redis, 50) if figure.budget.unit != "ms")


def test_a_client_that_does_not_read_holds_up_nobody_else(servers: Stand) -> None:
    assert not missed(figure for figure in stalled.measure(servers) if figure.budget.unit != "ms")


def test_hostile_requests_do_not_grow_the_metrics(servers: Stand) -> None:
    with servers.serving() as server:
        some = series.lines(server.public, server.admin, 500)
        more = series.lines(server.public, server.admin, 1500)
    assert some < 500
    assert more < 500
