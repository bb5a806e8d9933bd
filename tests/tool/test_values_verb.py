"""`slipway values`, as a user types it."""

from pathlib import Path

import pytest
import yaml

from tests.tool.world.world import Runner, World


@pytest.fixture(autouse=True)
def _chart(world: World) -> None:
    (world.project / "charts" / "slipway" / "values.yaml").write_text("replicaCount: 2\nnameOverride: ''\n")


def write(folder: Path, text: str) -> str:
    path = folder / "values.yaml"
    path.write_text(text)
    return str(path)


def test_the_values_are_printed_and_what_is_left_out_is_told_beside(slipway: Runner, tmp_path: Path) -> None:
    ran = slipway("values", write(tmp_path, "replicaCount: 3\nlivenessProbe: {httpGet: {path: /}}\n"))
    assert ran.code == 0
    assert yaml.safe_load(ran.out) == {"replicaCount": 3}
    assert "slipway values: livenessProbe is left out" in ran.err


def test_an_unknown_value_is_exit_1_and_the_others_are_printed(slipway: Runner, tmp_path: Path) -> None:
    ran = slipway("values", write(tmp_path, "replicas: 3\nnameOverride: shop\n"))
    assert ran.code == 1
    assert yaml.safe_load(ran.out) == {"nameOverride": "shop"}
    assert "replicas is unknown to this chart" in ran.err


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("a: [", (), "cannot be read as YAML"),
        ("- a", (), "holds no values"),
        ("a: 1", ("--from", "elsewhere"), "--from elsewhere is none of helm-create"),
    ],
)
def test_what_cannot_be_used_is_exit_2(
    slipway: Runner, tmp_path: Path, text: str, options: tuple[str, ...], told: str
) -> None:
    ran = slipway("values", write(tmp_path, text), *options)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


def test_a_file_that_is_not_there_is_exit_2(slipway: Runner) -> None:
    ran = slipway("values", "/nowhere/values.yaml")
    assert ran.code == 2
    assert "/nowhere/values.yaml" in ran.err
