"""Rules of the command's own code, read from its syntax trees."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "scripts").rglob("*.py"))
# A poll where nothing can be watched is paced in these places, each with a deadline.
PACING = {"scripts/core/deadline.py", "scripts/load/run.py"}
SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "eval", "exec"}
# The environment of this process is read once and handed on; a program is given a copy of its own.
CHANGES = {"pop", "popitem", "clear", "update", "setdefault", "__setitem__", "__delitem__"}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def full_names(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for: `sleep` is time.sleep after `from time import sleep`."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def spelled(node: ast.expr, names: dict[str, str]) -> str:
    """A dotted expression in full: `environ.pop` is os.environ.pop after `from os import environ`."""
    first, dot, rest = ast.unparse(node).partition(".")
    return f"{names.get(first, first)}{dot}{rest}"


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    names = full_names(tree)
    return ((spelled(node.func, names), node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def shells(tree: ast.Module) -> list[str]:
    lines = [name for name, call in calls(tree) if any(word.arg == "shell" for word in call.keywords)]
    return [*lines, *(name for name, _ in calls(tree) if name in SHELLS)]


def environment_changes(tree: ast.Module) -> list[str]:
    names = full_names(tree)
    called = [name for name, _ in calls(tree) if name in {"os.putenv", "os.unsetenv"}]
    called += [name for name, _ in calls(tree) if name.rpartition(".")[::2] in {("os.environ", c) for c in CHANGES}]
    stored = (n for n in ast.walk(tree) if isinstance(n, ast.Subscript) and not isinstance(n.ctx, ast.Load))
    called += [ast.unparse(node) for node in stored if spelled(node.value, names) == "os.environ"]
    merged = (n for n in ast.walk(tree) if isinstance(n, ast.AugAssign))
    return called + [ast.unparse(node) for node in merged if spelled(node.target, names) == "os.environ"]


def sleeps(tree: ast.Module) -> list[str]:
    return [name for name, _ in calls(tree) if name == "time.sleep"]


def offences(rule: Callable[[ast.Module], list[str]]) -> dict[str, list[str]]:
    found = {path.relative_to(ROOT).as_posix(): rule(parsed(path)) for path in SOURCES}
    return {path: told for path, told in found.items() if told}


def test_no_program_is_run_by_a_shell() -> None:
    assert offences(shells) == {}


def test_the_environment_of_the_process_is_not_changed() -> None:
    assert offences(environment_changes) == {}


def test_nothing_sleeps_but_the_places_that_pace_a_poll() -> None:
    assert set(offences(sleeps)) == PACING


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (shells, "subprocess.run('ls', shell=True)"),
        (shells, "import subprocess as s; s.Popen(line, shell=chosen)"),
        (shells, "import os; os.system('ls')"),
        (shells, "from os import popen as p; p('ls')"),
        (environment_changes, "import os; os.environ['A'] = '1'"),
        (environment_changes, "import os; del os.environ['A']"),
        (environment_changes, "import os; os.environ |= {'A': '1'}"),
        (environment_changes, "from os import environ; environ.setdefault('A', '1')"),
        (environment_changes, "import os; os.putenv('A', '1')"),
        (sleeps, "import time; time.sleep(1)"),
        (sleeps, "from time import sleep as nap; nap(1)"),
    ],
)
def test_each_rule_sees_what_it_forbids(rule: Callable[[ast.Module], list[str]], code: str) -> None:
    assert rule(ast.parse(code))


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (shells, "subprocess.run(['ls'])"),
        (environment_changes, "import os; dict(os.environ)['A'] = os.environ['B']"),
        (environment_changes, "import os; os.environ.get('A'); os.environ.copy().pop('A')"),
        (sleeps, "deadline.pause(1)"),
    ],
)
def test_each_rule_lets_the_rest_be(rule: Callable[[ast.Module], list[str]], code: str) -> None:
    assert rule(ast.parse(code)) == []
