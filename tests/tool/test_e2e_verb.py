"""`slipway e2e`: the tests of the release are run with where it is, and pytest's end becomes an exit code."""

import json

from tests.tool.world.world import Runner, World

TEST = """
import json, os, sys
from pathlib import Path
def test_it(request):
    told = {name: request.config.getoption("--" + name) for name in ("address", "kubeconfig", "namespace", "release")}
    told["KUBECONFIG"] = os.environ["KUBECONFIG"]
    Path("told.json").write_text(json.dumps(told))
    assert {passes}
"""


CONFTEST = """
def pytest_addoption(parser):
    for name in ("--address", "--kubeconfig", "--namespace", "--release"):
        parser.addoption(name)
"""


def with_tests(world: World, *, passes: bool) -> None:
    folder = world.project / "tests" / "e2e"
    folder.mkdir(parents=True)
    (world.project / "conftest.py").write_text(CONFTEST)
    (world.project / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '-p no:cacheprovider'\n")
    (folder / "test_it.py").write_text(TEST.replace("{passes}", str(passes)))


def test_e2e_hands_over_where_the_release_is(world: World, slipway: Runner) -> None:
    slipway.up()
    with_tests(world, passes=True)
    ran = slipway("e2e")
    assert ran.code == 0, ran.err
    kubeconfig = str(world.state / "kubeconfig")
    assert json.loads((world.project / "told.json").read_text()) == {
        "address": f"http://127.0.0.1:{world.port}",
        "kubeconfig": kubeconfig,
        "namespace": "slipway",
        "release": "slipway",
        "KUBECONFIG": kubeconfig,
    }


def test_e2e_ends_with_1_when_a_test_fails(world: World, slipway: Runner) -> None:
    slipway.up()
    with_tests(world, passes=False)
    assert slipway("e2e").code == 1


def test_e2e_passes_arguments_on_and_ends_with_2_when_they_choose_nothing(world: World, slipway: Runner) -> None:
    slipway.up()
    with_tests(world, passes=True)
    ran = slipway("e2e", "--", "-k", "nothing")
    assert ran.code == 2
    assert "pytest found no test to run" in ran.err


def test_e2e_keeps_stdout_for_machines(world: World, slipway: Runner) -> None:
    slipway.up()
    with_tests(world, passes=True)
    with world.start("e2e", "--json") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert [json.loads(line) for line in out.splitlines()][-1]["status"] == "ok"
    assert "1 passed" in err


def test_e2e_without_a_release_ends_with_6(world: World, slipway: Runner) -> None:
    slipway.up()
    world.inside.helm(["uninstall"], {})
    with_tests(world, passes=True)
    ran = slipway("e2e")
    assert ran.code == 6
    assert "is not deployed" in ran.err


def test_e2e_without_a_cluster_ends_with_2(world: World, slipway: Runner) -> None:
    with_tests(world, passes=True)
    ran = slipway("e2e")
    assert ran.code == 2
    assert "There is no cluster called slipway" in ran.err


def test_e2e_of_a_failed_release_ends_with_6(world: World, slipway: Runner) -> None:
    slipway.up()
    world.inside.revision(2, "failed")
    with_tests(world, passes=True)
    assert slipway("e2e").code == 6
    assert not (world.project / "told.json").exists()


def test_e2e_with_words_that_pytest_does_not_know_ends_with_2(world: World, slipway: Runner) -> None:
    slipway.up()
    with_tests(world, passes=True)
    ran = slipway("e2e", "--", "--no-such-option")
    assert ran.code == 2
    assert "pytest ended with 4 before it could judge" in ran.err


def test_e2e_without_a_folder_of_tests_ends_with_2(slipway: Runner) -> None:
    slipway.up()
    ran = slipway("e2e")
    assert ran.code == 2
    assert "There are no tests in tests/e2e or tests/drills" in ran.err
