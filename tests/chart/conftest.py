"""Without Helm on PATH these tests are skipped, or fail where REQUIRE_HELM=1 says that they must run.

So are those of custom resources where CRD_DIRECTORY names no folder with their definitions (REQUIRE_CRDS), and those of
policies without checkov (REQUIRE_CHECKOV; `make scan` has one).
"""

import os

import pytest

from tests.chart.rendering import INSTALLED


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`helm` is every Helm that is installed, one after the other; `any_helm` is the first."""
    for name, found in (("helm", INSTALLED), ("any_helm", INSTALLED[:1])):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, found or ("",), indirect=True, scope="session")


@pytest.fixture(scope="session")
def helm(request: pytest.FixtureRequest) -> str:
    return _found(request.param)


@pytest.fixture(scope="session")
def any_helm(request: pytest.FixtureRequest) -> str:
    return _found(request.param)


def _found(name: str) -> str:
    if not name:
        refuse = pytest.fail if os.environ.get("REQUIRE_HELM") == "1" else pytest.skip
        refuse("no helm on PATH")
    return name
