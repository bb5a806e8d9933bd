"""The table of exit codes: each is the end of at least one test, and the tree of errors holds no other."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from scripts.core import errors
from scripts.core.errors import Interrupted, SlipwayError

# One test that brings a run to each end; others do, too.
COVERED = {
    0: "test_up.py::test_from_nothing_to_an_address",
    1: "test_e2e_verb.py::test_e2e_ends_with_1_when_a_test_fails",
    2: "test_deploy.py::test_deploy_without_a_cluster_ends_with_2",
    3: "test_preflight.py::test_kind_too_old_ends_with_3_and_one_sentence",
    4: "test_up_cluster.py::test_failed_creation_takes_everything_back",
    5: "test_images.py::test_build_that_fails_ends_with_5_and_shows_its_end",
    6: "test_release.py::test_misspelt_value_ends_with_6_and_one_sentence",
    7: "test_release.py::test_rollout_with_a_known_cause_ends_with_7",
    8: "test_release.py::test_rollout_without_a_cause_ends_with_8",
    9: "test_down.py::test_down_names_what_stays",
    10: "test_lost.py::test_api_that_goes_away_ends_with_10",
    130: "test_interrupts.py::test_signal_in_any_other_phase_leaves_the_cluster_and_no_program",
    143: "test_interrupts.py::test_signal_while_pods_are_waited_for",
}


def ends_asserted(test: str) -> set[int]:
    """The numbers that a test compares something with by `==` in an assertion."""
    file, _, name = test.partition("::")
    tree = ast.parse((Path(__file__).parent / file).read_text())
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    compared = (
        inner
        for node in ast.walk(function)
        if isinstance(node, ast.Assert)
        for inner in ast.walk(node.test)
        if isinstance(inner, ast.Compare) and isinstance(inner.ops[0], ast.Eq)
    )
    found = (node.comparators[0] for node in compared)
    return {node.value for node in found if isinstance(node, ast.Constant) and isinstance(node.value, int)}


@pytest.mark.parametrize("code", COVERED)
def test_exit_code_is_the_end_of_a_test(code: int) -> None:
    assert code in ends_asserted(COVERED[code])


def test_every_exit_code_is_covered() -> None:
    assert {kind.exit_code for kind in _family(SlipwayError)} | {0, 130, 143} == set(COVERED)


def test_exit_codes_are_those_of_the_table() -> None:
    found = {kind.__name__: kind.exit_code for kind in _family(SlipwayError)}
    assert found["TestsFailed"] == 1
    assert found["UsageError"] == found["ConfigurationChanged"] == 2
    assert found["PreflightError"] == found["ProgramMissing"] == found["Busy"] == 3
    assert found["ClusterError"] == 4
    assert found["ImageError"] == 5
    assert found["ReleaseRejected"] == found["ReleaseAbsent"] == 6
    assert found["RolloutFailed"] == 7
    assert found["RolloutTimeout"] == 8
    assert found["LeftBehind"] == 9
    assert found["InfrastructureLost"] == found["ApiUnreachable"] == found["ProgramFailed"] == 10
    assert (Interrupted(2).exit_code, Interrupted(15).exit_code) == (130, 143)


def test_tree_in_the_docstring_is_the_tree() -> None:
    drawn = set(re.findall(r"[├└]── (\w+) +(\d+)", inspect.getdoc(errors) or errors.__doc__ or ""))
    real = {(kind.__name__, str(kind.exit_code)) for kind in _family(SlipwayError)} | {("Interrupted", "130")}
    assert drawn == real


def _family(kind: type[SlipwayError]) -> set[type[SlipwayError]]:
    found = {sub for sub in kind.__subclasses__() if sub.__module__ == errors.__name__}
    return found | {inner for sub in found for inner in _family(sub)}
