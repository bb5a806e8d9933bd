import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.core.errors import Busy, UsageError
from scripts.core.project import find_project
from scripts.core.state import State, write_private

ROOT = Path(__file__).parents[2]


def test_private_file_is_written_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_notes_come_back(tmp_path: Path) -> None:
    state = State(tmp_path / "slipway")
    state.prepare()
    state.note("cluster", {"state": "ready"})
    assert state.noted("cluster") == {"state": "ready"}
    assert state.noted("other") == {}


@pytest.mark.parametrize("text", ["{half", "[1]", ""])
def test_note_that_cannot_be_read_is_no_note(tmp_path: Path, text: str) -> None:
    state = State(tmp_path)
    (tmp_path / "cluster.json").write_text(text)
    assert state.noted("cluster") == {}


def test_second_run_is_kept_away_and_told_who_holds_it(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from scripts.core.state import State
with State(Path(sys.argv[1])).locked("up"):
    print("locked", flush=True)
    sys.stdin.read()
"""
    folder = tmp_path / "slipway"
    argv = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdin
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(Busy, match=rf"process {other.pid} \(slipway up\)"), State(folder).locked("down"):
            pytest.fail("two runs at once")
        other.stdin.close()


def test_lock_leaves_no_empty_folder(tmp_path: Path) -> None:
    state = State(tmp_path / ".slipway" / "slipway")
    with state.locked("up"):
        assert state.exists
    assert list(tmp_path.iterdir()) == []


def test_lock_leaves_what_else_is_there(tmp_path: Path) -> None:
    state = State(tmp_path / "slipway")
    with state.locked("up"):
        state.note("cluster", {})
    assert state.exists


def test_removal_keeps_the_folder_of_another_cluster(tmp_path: Path) -> None:
    mine, other = State(tmp_path / ".slipway" / "a"), State(tmp_path / ".slipway" / "b")
    mine.prepare()
    other.prepare()
    mine.remove()
    assert other.exists
    assert not mine.exists


def test_project_is_found_from_a_folder_inside_it(tmp_path: Path) -> None:
    (tmp_path / "charts" / "slipway").mkdir(parents=True)
    (tmp_path / "charts" / "slipway" / "Chart.yaml").touch()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    assert find_project(tmp_path / "deep" / "er").root == tmp_path


def test_project_outside_of_any_checkout_is_the_one_of_the_command(tmp_path: Path) -> None:
    assert find_project(tmp_path).root == ROOT


def test_no_checkout_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.core.project.MARK", Path("nowhere/Chart.yaml"))
    with pytest.raises(UsageError, match="was found in"):
        find_project(tmp_path)
