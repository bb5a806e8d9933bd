"""`slipway deploy`: other code or other values, on a cluster that runs."""

from tests.tool.world.machine import Answer
from tests.tool.world.world import Runner, World


def test_deploy_upgrades_with_more_values_over_the_profile(world: World, slipway: Runner) -> None:
    slipway.up()
    world.forget()
    (world.project / "mine.yaml").write_text("replicaCount: 3\n")
    ran = slipway("deploy", "-f", "mine.yaml", "--set", "a=1", "--set", "b=2")
    assert ran.code == 0, ran.err
    (line,) = world.lines("helm upgrade")
    assert "profiles/dev.yaml --values mine.yaml --set a=1 --set b=2 --set-string image.tag=" in line
    assert f"--kubeconfig {world.state / 'kubeconfig'} --namespace slipway" in line


def test_deploy_changes_nothing_the_second_time(world: World, slipway: Runner) -> None:
    slipway.up()
    slipway("deploy", "--set", "a=1")
    world.forget()
    ran = slipway("deploy", "--set", "a=1")
    assert ran.code == 0
    assert world.changes() == []


def test_deploy_notices_a_values_file_that_changed(world: World, slipway: Runner) -> None:
    slipway.up()
    path = world.project / "mine.yaml"
    path.write_text("a: 1\n")
    slipway("deploy", "-f", "mine.yaml")
    world.forget()
    path.write_text("a: 2\n")
    slipway("deploy", "-f", "mine.yaml")
    assert len(world.lines("helm upgrade")) == 1


def test_deploy_without_a_cluster_ends_with_2(world: World, slipway: Runner) -> None:
    ran = slipway("deploy")
    assert ran.code == 2
    assert ran.err == "slipway deploy: There is no cluster called slipway.\n  Make it first: slipway up.\n"
    assert not world.state.exists()


def test_deploy_on_a_stopped_cluster_ends_with_4(world: World, slipway: Runner) -> None:
    slipway.up()
    world.machine.containers[0].state = "exited"
    ran = slipway("deploy")
    assert ran.code == 4
    assert "slipway-control-plane does not run" in ran.err


def test_deploy_of_a_tag_that_exists_builds_nothing(world: World, slipway: Runner) -> None:
    slipway.up()
    world.machine.images.add("slipway:mine")
    world.forget()
    ran = slipway("deploy", "--image-tag", "mine")
    assert ran.code == 0
    assert not world.lines("docker build")
    assert world.lines("kind load docker-image") == ["kind load docker-image --name slipway slipway:mine"]


def test_deploy_of_a_tag_that_nobody_has_ends_with_5(world: World, slipway: Runner) -> None:
    slipway.up()
    world.forget()
    ran = slipway("deploy", "--image-tag", "nothing")
    assert ran.code == 5
    assert "slipway:nothing" in ran.err
    assert world.changes() == []


def test_deploy_of_a_values_file_that_is_missing_ends_with_2(slipway: Runner) -> None:
    slipway.up()
    ran = slipway("deploy", "--values", "nothing.yaml")
    assert ran.code == 2
    assert "nothing.yaml does not exist" in ran.err


def test_up_brings_back_what_the_profile_says(world: World, slipway: Runner) -> None:
    slipway.up()
    slipway("deploy", "--set", "a=1")
    world.forget()
    slipway.up()
    assert "--set " not in world.lines("helm upgrade")[0]


def other_code(world: World) -> None:
    (world.project / "service" / "app.py").write_text("print('other')\n")


def test_deploy_brings_other_code(world: World, slipway: Runner) -> None:
    slipway.up()
    other_code(world)
    world.forget()
    ran = slipway("deploy", "--json")
    assert ran.code == 0, ran.err
    tag = ran.result["data"]["tag"]
    assert [line.split(" --")[0] for line in world.changes()] == [
        "docker build",
        "kind load docker-image",
        "helm upgrade",
    ]
    assert f"--set-string image.tag={tag}" in world.lines("helm upgrade")[0]


def test_deploy_whose_build_fails_ends_with_5_and_leaves_the_release(world: World, slipway: Runner) -> None:
    slipway.up()
    other_code(world)
    world.forget()
    world.faults["docker build"] = Answer(1, "", "#9 0.4 SyntaxError: bad\nERROR: failed to solve: exit code: 1\n")
    ran = slipway("deploy")
    assert ran.code == 5
    assert ran.err.splitlines()[0].endswith(": failed to solve: exit code: 1.")
    assert "  | #9 0.4 SyntaxError: bad" in ran.err
    assert not world.lines("helm")


def test_deploy_whose_load_fails_ends_with_5_and_leaves_the_release(world: World, slipway: Runner) -> None:
    slipway.up()
    other_code(world)
    world.forget()
    world.faults["kind load"] = Answer(1, "", "ERROR: failed to load image: no space left on device\n")
    ran = slipway("deploy")
    assert ran.code == 5
    assert "no space left on device" in ran.err.splitlines()[0]
    assert not world.lines("helm")
