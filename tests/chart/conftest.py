"""Without Helm on PATH these tests are skipped, or fail where REQUIRE_HELM=1 says that they must run.

So are those that compare Helm 4 and Helm 3 where there is one (REQUIRE_BOTH_HELMS), those of custom resources where
CRD_DIRECTORY names no folder with their definitions (REQUIRE_CRDS), those of alerts without promtool
(REQUIRE_PROMTOOL), and those of policies without checkov (REQUIRE_CHECKOV; `make scan` has it).
"""

import shutil
from collections.abc import Callable

import pytest

from tests.chart.rendering import INSTALLED, Document
from tests.chart.schemas import definitions, kind_of, validate_custom
from tests.chart.series import read_series
from tests.support.required import refuse


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
def both_helms() -> tuple[str, str]:
    """Helm 4 and Helm 3."""
    if len(INSTALLED) < 2:
        refuse("REQUIRE_BOTH_HELMS", "not both of helm and helm3 on PATH")
    return INSTALLED[0], INSTALLED[1]


@pytest.fixture(scope="session")
def promtool() -> str:
    found = shutil.which("promtool")
    if not found:
        refuse("REQUIRE_PROMTOOL", "no promtool on PATH")
    return found or ""


@pytest.fixture
def hold() -> Callable[[Document], None]:
    """Hold a custom resource against its definition."""
    return _hold


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What the running service really tells: the labels of each of its series, by the series' name."""
    return read_series(tmp_path_factory.mktemp("service"))


def _found(name: str) -> str:
    if not name:
        refuse("REQUIRE_HELM", "no helm on PATH")
    return name


def _hold(document: Document) -> None:
    if kind_of(document) not in definitions():
        refuse("REQUIRE_CRDS", f"CRD_DIRECTORY has no definition of {document['kind']}")
    validate_custom(document)
