"""Without Helm on PATH these tests are skipped, or fail where REQUIRE_HELM=1 says that they must run.

Those that try the alerts need promtool besides, and fail without it where REQUIRE_PROMTOOL=1 says so.
"""

import os
import shutil

import pytest

from tests.chart.rendering import INSTALLED
from tests.chart.series import read_series


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


@pytest.fixture(scope="session")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        refuse = pytest.fail if os.environ.get("REQUIRE_PROMTOOL") == "1" else pytest.skip
        refuse("no promtool on PATH")
    return str(found)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What the running service really tells: the labels of each of its series, by the series' name."""
    return read_series(tmp_path_factory.mktemp("service"))


def _found(name: str) -> str:
    if not name:
        refuse = pytest.fail if os.environ.get("REQUIRE_HELM") == "1" else pytest.skip
        refuse("no helm on PATH")
    return name
