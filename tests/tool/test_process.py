import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scripts.core.errors import Interrupted, ProgramFailed, ProgramMissing, ProgramTimeout
from scripts.core.interrupts import Interrupts
from scripts.core.process import Programs, clean_environment

ENVIRONMENT = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "FRUIT": "apple"}


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(ENVIRONMENT, Interrupts(), tmp_path)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-IS", "-c", code)


def test_output_errors_and_status(programs: Programs) -> None:
    done = programs.run(*python("import sys; print('out'); print('err', file=sys.stderr)"), timeout=10)
    assert (done.status, done.output, done.errors) == (0, "out\n", "err\n")


def test_input_reaches_it(programs: Programs) -> None:
    text = "x" * 200_000
    assert (
        programs.run(*python("import sys; print(len(sys.stdin.read()))"), timeout=10, stdin=text).output == "200000\n"
    )


def test_program_that_does_not_read_its_input_is_no_error(programs: Programs) -> None:
    assert programs.run(*python("pass"), timeout=10, stdin="x" * 200_000).status == 0


def test_failure_carries_what_it_said(programs: Programs) -> None:
    with pytest.raises(ProgramFailed) as failed:
        programs.run(*python("import sys; print('first\\nlast.', file=sys.stderr); sys.exit(3)"), timeout=10)
    assert failed.value.exit_status == 3
    assert failed.value.reason == "last"


def test_accepted_status_is_no_failure(programs: Programs) -> None:
    assert programs.run(*python("import sys; sys.exit(3)"), timeout=10, accept=(3,)).status == 3


def test_missing_program_is_named(programs: Programs) -> None:
    with pytest.raises(ProgramMissing, match="`no-such-program` is not on PATH"):
        programs.run("no-such-program", timeout=1)


def test_program_that_takes_too_long_is_ended_with_its_children(programs: Programs, tmp_path: Path) -> None:
    mark = tmp_path / "child"
    child = f"import time; open({str(mark)!r}, 'w').close(); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-IS', '-c', {child!r}]).wait()"
    timed_out(programs, parent, mark)
    assert not running(child)
    assert not running(parent)


def test_program_that_ignores_sigterm_is_killed(
    programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.core.process.GRACE", 0.2)
    mark = tmp_path / "deaf"
    ignore = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    stubborn = f"{ignore}; open({str(mark)!r}, 'w').close(); time.sleep(60)"
    timed_out(programs, stubborn, mark)
    assert not running(stubborn)


def test_timeout_is_told_with_its_seconds_and_what_was_written(programs: Programs, tmp_path: Path) -> None:
    mark = tmp_path / "written"
    slow = f"import time; print('half', flush=True); open({str(mark)!r}, 'w').close(); time.sleep(60)"
    failure = timed_out(programs, slow, mark)
    assert f"{failure}" == failure.sentence
    assert re.fullmatch(r"`\S+ -IS -c` did not end within [\d.]+ s\.", failure.sentence)
    assert re.fullmatch(r"did not end within [\d.]+ s", failure.reason)
    assert failure.output == "half\n"


def test_attached_program_that_takes_too_long_is_told_too(programs: Programs) -> None:
    with pytest.raises(ProgramTimeout, match=r"did not end within 0\.2 s"):
        programs.attach(*python("import time; time.sleep(60)"), timeout=0.2)


def test_silent_failure_is_told_with_its_exit_status(programs: Programs) -> None:
    with pytest.raises(ProgramFailed, match="ended with 3: no word why") as failed:
        programs.run(*python("import sys; sys.exit(3)"), timeout=10)
    assert failed.value.reason == "ended with 3 and no word why"


def test_lines_are_watched_while_it_runs(programs: Programs) -> None:
    seen: list[str] = []
    programs.run(*python("print('a'); print('b')"), timeout=10, watch=seen.append)
    assert seen == ["a", "b"]


def test_environment_is_its_own(programs: Programs) -> None:
    before = dict(os.environ)
    told = programs.run(*python("import os; print(sorted(os.environ))"), timeout=10, extra={"MORE": "1"}).output
    assert "'FRUIT'" in told
    assert "'MORE'" in told
    assert dict(os.environ) == before


def test_it_leads_a_group_of_its_own(programs: Programs) -> None:
    told = programs.run(*python("import os; print(os.getpgid(0), os.getpid())"), timeout=10).output.split()
    assert told[0] == told[1]


@pytest.mark.parametrize("name", ["KUBECONFIG", "KIND_CLUSTER_NAME", "KIND_EXPERIMENTAL_PROVIDER", "HELM_KUBECONTEXT"])
def test_misleading_variables_are_left_out(name: str) -> None:
    assert clean_environment({name: "x", "HOME": "/h", "DOCKER_HOST": "d"}) == {"HOME": "/h", "DOCKER_HOST": "d"}


def test_signal_ends_the_program_and_raises_here(tmp_path: Path) -> None:
    with Interrupts() as interrupts:
        programs = Programs(ENVIRONMENT, interrupts, tmp_path)
        waiting = "import time; print('ready', flush=True); time.sleep(60)"
        with pytest.raises(Interrupted) as interrupted:
            programs.run(*python(waiting), timeout=60, watch=lambda _: os.kill(os.getpid(), signal.SIGTERM))
    assert interrupted.value.exit_code == 143
    assert not running(waiting)


class Hasty(Interrupts):
    """The signal comes as soon as the program is there, and before anybody waits for it."""

    def adopt(self, child: subprocess.Popen[str]) -> None:
        super().adopt(child)
        os.kill(os.getpid(), signal.SIGTERM)


def test_signal_before_the_wait_ends_the_program_too(tmp_path: Path) -> None:
    with Hasty() as interrupts:
        programs = Programs(ENVIRONMENT, interrupts, tmp_path)
        for run in (programs.run, programs.attach):
            sleeping = f"import time; time.sleep(60)  # {run.__name__}"
            with pytest.raises(Interrupted):
                run(*python(sleeping), timeout=60)
            assert not running(sleeping)
            interrupts._first = None


def test_signal_while_a_program_is_ended_waits_until_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.core.process.GRACE", 0.5)
    mark = tmp_path / "deaf"
    stubborn = f"""
import os, signal, time
def answer(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(os.getppid(), signal.SIGINT)
signal.signal(signal.SIGTERM, answer)
open({str(mark)!r}, "w").close()
while True:
    time.sleep(60)
"""
    for seconds in (0.3, 1.2, 4.8, 19.2):
        with Interrupts() as interrupts, pytest.raises((Interrupted, ProgramTimeout)) as ended:
            Programs(ENVIRONMENT, interrupts, tmp_path).run(*python(stubborn), timeout=seconds)
        assert not running(stubborn)
        if mark.exists():
            break
    assert ended.type is Interrupted


def test_signal_during_the_start_waits_until_the_program_is_known() -> None:
    reached = []

    def start(interrupts: Interrupts) -> None:
        with interrupts.shielded():
            os.kill(os.getpid(), signal.SIGINT)
            reached.append("the end of the shield")
        reached.append("what comes after it")

    with Interrupts() as interrupts, pytest.raises(Interrupted):
        start(interrupts)
    assert reached == ["the end of the shield"]


def test_shield_of_another_thread_holds_nothing_back() -> None:
    with Interrupts() as interrupts:
        inside, leave = threading.Event(), threading.Event()

        def shielded() -> None:
            with interrupts.shielded():
                inside.set()
                leave.wait(10)

        thread = threading.Thread(target=shielded)
        thread.start()
        inside.wait(10)
        with pytest.raises(Interrupted):
            os.kill(os.getpid(), signal.SIGINT)
        leave.set()
        thread.join()


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_second_signal_ends_at_once() -> None:
    program = """
import os, signal, sys, time
from scripts.core.errors import Interrupted
from scripts.core.interrupts import Interrupts
with Interrupts(lambda: print("farewell", flush=True)):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except Interrupted:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)
"""
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=20, check=False
    )
    assert (ran.returncode, ran.stdout) == (130, "farewell\n")


def timed_out(programs: Programs, code: str, mark: Path) -> ProgramTimeout:
    """The failure of a program that has come so far as to leave its mark; on a busy machine that takes a while."""
    for seconds in (0.3, 1.2, 4.8, 19.2):
        with pytest.raises(ProgramTimeout) as failed:
            programs.run(*python(code), timeout=seconds)
        if mark.exists():
            return failed.value
    pytest.fail("it never came so far")


def running(code: str) -> bool:
    """Whether a program with `code` among its arguments still runs."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if code.encode() in (process / "cmdline").read_bytes().split(b"\0"):
                    return True
            except OSError:
                continue
    return False
