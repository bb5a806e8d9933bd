"""Files of the checkout that cannot be used are named."""

import pytest

from tests.tool.world.world import Runner, World


@pytest.mark.parametrize("text", ["nodes: [", "nodes: []\n", "- list\n"])
def test_kind_configuration_that_cannot_be_used_ends_with_2(world: World, slipway: Runner, text: str) -> None:
    (world.project / "k8s" / "kind" / "one-node.yaml").write_text(text)
    ran = slipway.up()
    assert ran.code == 2
    assert "one-node.yaml" in ran.err


def test_manifest_that_is_no_yaml_ends_with_2(world: World, slipway: Runner) -> None:
    (world.project / "k8s" / "valkey" / "broken.yaml").write_text("a: [\n")
    ran = slipway.up()
    assert ran.code == 2
    assert "broken.yaml is no YAML" in ran.err


def test_manifest_that_the_api_refuses_ends_with_6(world: World, slipway: Runner) -> None:
    world.inside.kubectl_refuses = (
        "Error from server (Invalid): Deployment is invalid: spec.replicas: must be 0 or more\n"
    )
    ran = slipway.up()
    assert ran.code == 6
    assert "kubectl cannot apply k8s/metrics-server: Error from server (Invalid)" in ran.err
