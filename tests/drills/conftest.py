"""Needs the release that `slipway up` makes, and several minutes: the drills replace its pods while a load runs."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.core.interrupts import Interrupts
from scripts.drills.catalogue import DRILLS
from scripts.drills.conduct import DrillOrder, conduct_drill
from scripts.drills.report import DrillReport
from scripts.phases.context import Context, open_context
from tests.e2e.cluster.kube import Kube, connected
from tests.support.lines import Lines

ROOT = Path(__file__).parents[2]
TABLES = pytest.StashKey[list[tuple[str, str]]]()


@pytest.fixture(scope="session")
def context(request: pytest.FixtureRequest) -> Iterator[Context]:
    kubeconfig = request.config.getoption("--kubeconfig")
    cluster = Path(str(kubeconfig)).parent.name if kubeconfig else "slipway"
    with Interrupts() as interrupts:
        yield open_context(cluster, Lines(), interrupts, os.environ, ROOT)


@pytest.fixture
def kube(context: Context) -> Iterator[Kube]:
    with connected(context.state.kubeconfig, context.namespace, context.release) as found:
        yield found


@pytest.fixture
def tables(request: pytest.FixtureRequest) -> list[tuple[str, str]]:
    """Titles and figures that stand at the end of the run, whatever the tests say of them."""
    return request.config.stash.setdefault(TABLES, [])


@pytest.fixture
def drill(context: Context, tables: list[tuple[str, str]]) -> Callable[[str, DrillOrder], DrillReport]:
    """Do a drill by its name, and keep its figures."""

    def run(name: str, order: DrillOrder) -> DrillReport:
        report = conduct_drill(context, DRILLS[name], order)
        tables.append((report.name, report.table()))
        return report

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for title, table in terminalreporter.config.stash.get(TABLES, []):
        terminalreporter.section(title)
        terminalreporter.write_line(table)
