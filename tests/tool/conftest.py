"""Needs no cluster and no Docker: the programs, the API and the Ingress are fakes on the loopback address."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.core.kube import Api
from tests.tool.world.api import FakeApi
from tests.tool.world.machine import Machine
from tests.tool.world.world import Runner, World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.close()


@pytest.fixture
def slipway(world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    return Runner(world, capsys, monkeypatch)


@pytest.fixture
def slipway_from_path(world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    """`slipway` whose programs are started."""
    return Runner(world, capsys, monkeypatch, started=True)


@pytest.fixture
def fake_api() -> Iterator[FakeApi]:
    made = FakeApi()
    yield made
    made.close()


@pytest.fixture
def kubeconfig(fake_api: FakeApi, tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    path.write_text(Machine(fake_api).kubeconfig("slipway"))
    return path


@pytest.fixture
def api(kubeconfig: Path) -> Iterator[Api]:
    """The command's own connection to the fake."""
    made = Api(kubeconfig, timeout=5)
    yield made
    made.close()
