"""Needs a running release that answers at --address; tests/e2e/cluster needs its kubeconfig besides."""

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.ending import end


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("slipway", "the release under test")
    group.addoption("--address", default="http://127.0.0.1:8080", help="where the release answers (%(default)s)")
    group.addoption("--kubeconfig", help="kubeconfig of the cluster (.slipway/slipway/kubeconfig of the checkout)")
    group.addoption("--namespace", default="slipway", help="namespace of the release (%(default)s)")
    group.addoption("--release", default="slipway", help="name of the release (%(default)s)")


@pytest.fixture(scope="session")
def address(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--address")).rstrip("/")


@pytest.fixture(scope="session", autouse=True)
def _answers(address: str) -> None:
    url = f"{address}/health/live"
    try:
        status = httpx.get(url, timeout=5, trust_env=False).status_code
    except (httpx.TransportError, httpx.InvalidURL) as error:
        end(f"{url} does not answer ({error}): raise the release with `slipway up`, or name it with --address.")
    if status != httpx.codes.OK:
        end(f"{url} answers {status} instead of 200: `slipway status` says more.")


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    """A client that tries once and asks no proxy."""
    with httpx.Client(base_url=address, timeout=10, trust_env=False) as client:
        yield client
