"""What a load accepts: targets, traffic, rates; and the arithmetic of percentiles."""

import math
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.load import Kind, Latency, LoadError, LoadRefusedError, LoadSpec, Target
from scripts.load.percentiles import nearest_rank

LIVE = Kind("live", "GET", "/health/live", 1, frozenset({200}))


@pytest.mark.parametrize(
    ("url", "address", "port"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1", 8080),
        ("http://127.0.0.1:8080/", "127.0.0.1", 8080),
        ("http://10.96.0.10", "10.96.0.10", 80),
        ("http://172.18.0.2:30080", "172.18.0.2", 30080),
        ("http://192.168.1.5:80", "192.168.1.5", 80),
        ("http://[::1]:8080", "::1", 8080),
        ("http://[fd00::1]:8080", "fd00::1", 8080),
    ],
)
def test_loopback_and_private_addresses_are_accepted(url: str, address: str, port: int) -> None:
    target = Target.of(url)
    assert (target.address, target.port) == (address, port)
    assert url.rstrip("/") == target.url == f"http://{target.authority}"


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.32.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "[2001:4860:4860::8888]",
        "[fe80::1]",
        "[::ffff:8.8.8.8]",
    ],
)
def test_any_other_address_is_refused(address: str) -> None:
    with pytest.raises(LoadRefusedError) as caught:
        Target.of(f"http://{address}:80")
    sentence = str(caught.value)
    assert f"'http://{address}:80' is at {address.strip('[]')}" in sentence
    assert sentence.endswith("give the address of your own cluster, for example http://127.0.0.1:8080.")


def test_a_name_with_one_public_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", ("10.0.0.1", 80)), (0, 0, 0, "", ("93.184.216.34", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(LoadRefusedError, match=r"is at 93\.184\.216\.34"):
        Target.of("http://half.example")


def test_a_name_keeps_its_host_header(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", ("10.96.3.4", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    target = Target.of("http://slipway.slipway.svc:80")
    assert (target.authority, target.address) == ("slipway.slipway.svc:80", "10.96.3.4")


def test_a_name_that_does_not_resolve_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(LoadError, match=r"'http://nowhere\.invalid' does not resolve"):
        Target.of("http://nowhere.invalid")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1",
        "127.0.0.1:8080",
        "http://",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://127.0.0.1/api",
        "http://127.0.0.1?x=1",
        "http://user@127.0.0.1",
        "http://[::1",
    ],
)
def test_a_target_is_a_plain_http_address(url: str) -> None:
    with pytest.raises(LoadError, match=r"for example http://127\.0\.0\.1:8080"):
        Target.of(url)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"method": "HEAD"}, "method 'HEAD'"),
        ({"path": "items"}, "must begin with /"),
        ({"path": "/a b"}, "visible ASCII"),
        ({"path": "/x\r\nHost: y"}, "visible ASCII"),
        ({"path": "/x\n"}, "visible ASCII"),
        ({"weight": 0}, "weight 0"),
        ({"weight": math.nan}, "weight nan"),
        ({"expect": frozenset()}, "statuses from 200 to 599"),
        ({"expect": frozenset({100})}, "statuses from 200 to 599"),
    ],
)
def test_a_kind_that_cannot_be_sent_is_refused(change: dict[str, Any], sentence: str) -> None:
    values: dict[str, Any] = {"name": "k", "method": "GET", "path": "/", "weight": 1, "expect": frozenset({200})}
    with pytest.raises(LoadError, match=f"'k'.*{sentence}"):
        Kind(**(values | change))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rate": 0}, "rate is 0"),
        ({"rate": math.inf}, "rate is inf"),
        ({"seconds": -1}, "seconds is -1"),
        ({"timeout": 0}, "timeout is 0"),
        ({"connections": 0}, "connections is 0"),
        ({"requests": 0}, "requests is 0"),
        ({"kept_share": 1.1}, "between 0 .all new. and 1"),
        ({"traffic": ()}, "names of their own"),
        ({"traffic": (LIVE, LIVE)}, "names of their own"),
        ({"traffic": (Kind("read", "GET", "/{item}", 1, frozenset({200})),)}, "no kind creates one"),
    ],
)
def test_a_spec_out_of_range_is_refused(change: dict[str, Any], sentence: str) -> None:
    values: dict[str, Any] = {"target": Target.of("http://127.0.0.1:8080"), "rate": 10, "seconds": 1}
    with pytest.raises(LoadError, match=sentence):
        LoadSpec(**(values | change))


def test_the_tighter_bound_counts() -> None:
    target = Target.of("http://127.0.0.1:8080")
    assert LoadSpec(target=target, rate=100, seconds=2).most_requests == 200
    assert LoadSpec(target=target, rate=100, seconds=2, requests=50).most_requests == 50
    assert LoadSpec(target=target, rate=100, seconds=2, requests=500).most_requests == 200


@given(st.lists(st.floats(0, 10), min_size=1, max_size=300), st.integers(1, 100))
def test_nearest_rank_is_the_least_value_that_covers_the_share(values: list[float], percent: int) -> None:
    expected = min(v for v in values if 100 * sum(other <= v for other in values) >= percent * len(values))
    assert nearest_rank(sorted(values), percent) == expected


def test_percentiles_of_known_values() -> None:
    assert Latency.of(float(n) for n in range(1, 1001)) == Latency(500, 900, 990, 1000)
    assert Latency.of([3.0]) == Latency(3, 3, 3, 3)
    assert Latency.of([]) == Latency(0, 0, 0, 0)
