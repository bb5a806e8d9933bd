"""What each verb says of itself, and what it says to words it does not know."""

import re
import tomllib
from pathlib import Path

import pytest

from scripts.drills.catalogue import DRILLS
from tests.tool.world.world import Runner

DRILL = ["--requests", "--rate", "--control", "--cluster", "--timeout", "--json"]
VERBS = {
    "up": ["--nodes", "--cluster", "--port", "--node-image", "--recreate", "--timeout", "--json"],
    "deploy": ["--values", "-f", "--set", "--image-tag", "--cluster", "--timeout", "--json"],
    "status": ["--cluster", "--json"],
    "e2e": ["--cluster", "--json"],
    **{f"drill {name}": DRILL for name in DRILLS},
    "drill all": [*(option for option in DRILL if option != "--control"), "--write"],
    "values": ["--from"],
    "down": ["--keep-images", "--cluster", "--json"],
}
OPTION = re.compile(r"(?<![\w-])-{1,2}[a-z][a-z0-9-]*")


def options_told(text: str) -> set[str]:
    """The options of the table, not those of an example."""
    table = text.partition("─ Options ")[2]
    assert table, text
    return {found for line in table.splitlines() for found in OPTION.findall(line[:30])}


@pytest.mark.parametrize("verb", VERBS)
def test_help_names_every_option(slipway: Runner, verb: str) -> None:
    ran = slipway(*verb.split(), "--help")
    assert ran.code == 0
    assert options_told(ran.out) == {*VERBS[verb], "--help"}


@pytest.mark.parametrize("verb", VERBS)
def test_help_shows_an_example(slipway: Runner, verb: str) -> None:
    _, _, examples = slipway(*verb.split(), "--help").out.partition("Examples:")
    assert f"slipway {verb}" in examples


def test_help_of_the_command_names_every_verb_and_every_exit_code(slipway: Runner) -> None:
    ran = slipway("--help")
    assert ran.code == 0
    assert {verb.split()[0] for verb in VERBS} <= set(re.findall(r"^│ ([a-z0-9]+) ", ran.out, re.MULTILINE))
    told = re.sub(r"\s+", " ", ran.out).partition("Exit codes: ")[2].partition("╭")[0]
    assert [int(code) for code in re.findall(r"\b(\d+) ", told)] == [*range(11), 130]


def test_no_word_at_all_shows_the_help_and_is_a_usage_error(slipway: Runner) -> None:
    ran = slipway()
    assert ran.code == 2
    assert "Usage:" in ran.out + ran.err


@pytest.mark.parametrize(
    "argv",
    [
        ("nothing",),
        ("drill", "nothing"),
        *((*verb.split(), "--nothing") for verb in VERBS),
        ("up", "--nodes", "seven"),
        ("up", "--port", "0"),
        ("up", "--port", "x"),
        ("up", "--timeout", "0"),
        ("deploy", "--set"),
        ("drill", "rolling-update", "--requests", "10"),
    ],
)
def test_what_it_does_not_know_ends_with_2_and_changes_nothing(slipway: Runner, argv: tuple[str, ...]) -> None:
    ran = slipway(*argv)
    assert ran.code == 2
    assert "Error" in ran.err
    assert not slipway.world.calls


def test_version_is_that_of_the_project(slipway: Runner) -> None:
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    ran = slipway("--version")
    assert (ran.code, ran.out) == (0, f"slipway {pyproject['project']['version']}\n")
