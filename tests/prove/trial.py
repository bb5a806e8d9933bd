"""Runs a promise's tests in a copy of the tree, as it is or with one mutation."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from tests.prove.promises import ROOT, Mutation

# What the tests read; the virtual environment and the caches stay behind.
TREE = ("service", "tests", "charts", "scripts", "k8s", "docs", "requirements")
SECONDS = 600
FAILED = re.compile(r"\b(\d+) failed\b")
PASSED = re.compile(r"\b(\d+) passed\b")
SKIPPED = re.compile(r"^SKIPPED .*?: (.*)$", re.MULTILINE)


class Outcome(Enum):
    """What a run of tests said."""

    GREEN = "green"
    PARTLY = "green as far as it ran"
    RED = "red"
    SKIPPED = "skipped"
    BROKEN = "broken"


@contextmanager
def tree(mutation: Mutation | None = None) -> Iterator[Path]:
    """A copy of the project that is gone afterwards, with the mutation applied."""
    with tempfile.TemporaryDirectory(prefix="prove-") as folder:
        copy = Path(folder)
        for name in TREE:
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for path in ROOT.iterdir():
            if path.is_file() and path.suffix != ".db":
                shutil.copy(path, copy)
        if mutation:
            mutation.apply(copy)
        yield copy


def try_tests(root: Path, tests: tuple[str, ...]) -> tuple[Outcome, str]:
    """Run the tests of the tree at `root`; with the output, for whoever wants to know why."""
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-x", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return judge(run.returncode, run.stdout), run.stdout + run.stderr


def judge(exit_code: int, output: str) -> Outcome:
    """What pytest's exit code and last lines mean; an error outside a test proves nothing."""
    if exit_code == 1 and FAILED.search(output):
        return Outcome.RED
    if exit_code == 0 and PASSED.search(output):
        return Outcome.PARTLY if SKIPPED.search(output) else Outcome.GREEN
    return Outcome.SKIPPED if exit_code == 0 and SKIPPED.search(output) else Outcome.BROKEN
