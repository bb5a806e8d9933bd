"""What the tests themselves promise: the same packages everywhere, the same answer on every machine, both databases."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def run_pytest(*words: str, **variables: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    return run.stdout


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_has_one_version_and_its_hashes(lock: Path) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", lock.read_text(encoding="utf-8"))
    assert len(entries) > 5
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_a_developers_own_settings_change_no_test() -> None:
    out = run_pytest("tests/unit/test_settings.py", "-k", "nothing_set_is_enough", SLIPWAY_ENVIRONMENT="staging")
    assert "1 passed" in out


def test_what_needs_a_database_runs_on_both() -> None:
    listed = run_pytest("--collect-only", "tests/integration/test_items.py")
    tests = {line.partition("[")[0] for line in listed.splitlines() if "[sqlite" in line}
    assert tests
    assert tests == {line.partition("[")[0] for line in listed.splitlines() if "[postgres" in line}


def test_a_warning_is_an_error() -> None:
    with pytest.raises(DeprecationWarning):
        __import__("warnings").warn("old", DeprecationWarning, stacklevel=1)
