import random
from collections import Counter as Tally
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter
from pydantic import ValidationError

from service.platform.errors import NotFoundError
from service.platform.faults import Fault, Faults
from tests.support.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faults(clock: Clock) -> Faults:
    counter = Counter("faults", "Faults", ["kind"], registry=CollectorRegistry())
    return Faults(counter, random.Random(7), clock)  # noqa: S311 - repeatable


@pytest.mark.parametrize(
    ("route", "hit", "missed"),
    [
        ("/api/v1/items", ["/api/v1/items", "/api/v1/items/3"], ["/api/v1/itemsx", "/api/v1", "/x/api/v1/items"]),
        ("/api/v1/items/", ["/api/v1/items", "/api/v1/items/3"], ["/api/v1/itemsx"]),
        ("/api/v1/items/{number}", ["/api/v1/items/3"], ["/api/v1/items", "/api/v1/items/3/x"]),
        ("/{rest:path}", ["/", "/a/b"], []),
        ("/a.b", ["/a.b"], ["/aXb"]),
        ("/", ["/", "/anything/at/all"], []),
    ],
)
def test_a_fault_hits_its_route_and_no_other(faults: Faults, route: str, hit: list[str], missed: list[str]) -> None:
    faults.add(Fault(route=route, status=503))
    assert all(faults.choose(path) for path in hit)
    assert not any(faults.choose(path) for path in missed)


@pytest.mark.parametrize("percent", [0.5, 20, 100])
def test_the_share_is_what_was_asked_for(faults: Faults, percent: float) -> None:
    faults.add(Fault(route="/a", percent=percent, status=500))
    hits = Tally(bool(faults.choose("/a")) for _ in range(10_000))[True]
    assert hits == pytest.approx(percent * 100, rel=0.3)


def test_a_fault_ends_by_itself(faults: Faults, clock: Clock) -> None:
    faults.add(Fault(route="/a", latency_ms=5, seconds=60))
    clock.now = 59.9
    assert faults.choose("/a")
    clock.now = 60
    assert faults.choose("/a") is None
    assert not faults


def test_faults_are_listed_with_their_time_and_can_be_taken_back(faults: Faults, clock: Clock) -> None:
    first, second = (faults.add(Fault(route=route, status=500, seconds=10)) for route in ("/a", "/b"))
    clock.now = 4
    listed = [(number, fault.route, left) for number, fault, left in faults.listed()]
    assert listed == [(first, "/a", 6), (second, "/b", 6)]
    faults.remove(first)
    assert faults.choose("/a") is None
    with pytest.raises(NotFoundError):
        faults.remove(first)
    faults.clear()
    assert not list(faults.listed())


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"route": "a"},
        {"route": "/a b"},
        {"route": "/{"},
        {"route": "/{a}/{a}"},
        {"route": "/{a:nonsense}"},
        {"percent": 0},
        {"percent": 101},
        {"latency_ms": 60_001},
        {"status": 200},
        {"status": 600},
        {"seconds": 3601},
        {"seconds": 0},
        {"more": 1},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    good = {"route": "/a", "status": 500} if wrong else {"route": "/a"}
    with pytest.raises(ValidationError):
        Fault(**{**good, **wrong})
