"""Runs programs: by argument list, in an environment of their own, with a deadline, in a process group of their own."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scripts.core.deadline import Deadline
from scripts.core.errors import ProgramFailed, ProgramMissing, ProgramTimeout
from scripts.core.interrupts import Interrupts, signal_group

Watcher = Callable[[str], None]

# Seconds between asking a program to end and ending it: helm needs them to mark its release as failed.
GRACE = 5.0
GLANCE = 0.25

# Whatever would point docker, kind, helm or kubectl at another cluster than the one this run owns.
MISLEADING = ("KUBECONFIG", "KIND_", "HELM_KUBE", "HELM_NAMESPACE", "HELM_DRIVER")

ADVICE = {
    "docker": "Install Docker Engine (https://docs.docker.com/engine/install/) and start it.",
    "kind": "Install kind (https://kind.sigs.k8s.io/docs/user/quick-start/#installation).",
    "helm": "Install Helm (https://helm.sh/docs/intro/install/).",
    "kubectl": "Install kubectl (https://kubernetes.io/docs/tasks/tools/).",
}


@dataclass(frozen=True)
class Completed:
    """What a program left behind: exit status, output, errors and the seconds it took."""

    status: int
    output: str
    errors: str
    seconds: float


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """A copy of `environment` without the variables that name another cluster."""
    return {name: value for name, value in environment.items() if not name.startswith(MISLEADING)}


class Programs:
    """Starts programs and ends them again.

    Args:
        environment: What they inherit, already cleaned.
        interrupts: Who ends them when a signal arrives.
        folder: Where they run.
    """

    def __init__(self, environment: Mapping[str, str], interrupts: Interrupts, folder: Path) -> None:
        self._environment = dict(environment)
        self._interrupts = interrupts
        self._folder = folder

    def run(
        self,
        *argv: str,
        timeout: float,
        stdin: str | None = None,
        extra: Mapping[str, str] | None = None,
        watch: Watcher | None = None,
        accept: Collection[int] = (0,),
    ) -> Completed:
        """Run `argv` to its end and return what it wrote.

        Args:
            argv: The program and its arguments; never a shell line.
            timeout: Seconds it may take.
            stdin: What it reads.
            extra: Environment variables for this run only.
            watch: Called with each line it writes, from another thread.
            accept: The exit statuses that mean success.

        Raises:
            ProgramMissing: It is not on PATH.
            ProgramTimeout: It took longer than `timeout`; it has been ended.
            ProgramFailed: It ended with a status outside `accept`.
        """
        started = time.monotonic()
        with self._interrupts.shielded():
            child = self._start(argv, extra or {}, piped=True)
            readers = [_Reader(stream, watch) for stream in (child.stdout, child.stderr) if stream]
            try:
                with self._interrupts.exposed():
                    _feed(child, stdin)
                    status = _ended(child, readers, Deadline(timeout))
            except subprocess.TimeoutExpired:
                self._end(child)
                raise ProgramTimeout(argv, timeout, *(reader.text() for reader in readers)) from None
            finally:
                self._end(child)
        output, errors = (reader.text() for reader in readers)
        if status not in accept:
            raise ProgramFailed(argv, status, output, errors)
        return Completed(status, output, errors, time.monotonic() - started)

    def attach(
        self, *argv: str, timeout: float, extra: Mapping[str, str] | None = None, stdout: int | None = None
    ) -> int:
        """Run `argv` with this process's own output and return its exit status.

        Raises:
            ProgramMissing: It is not on PATH.
            ProgramTimeout: It took longer than `timeout` seconds; it has been ended.
        """
        with self._interrupts.shielded():
            child = self._start(argv, extra or {}, piped=False, stdout=stdout)
            try:
                with self._interrupts.exposed():
                    return child.wait(timeout)
            except subprocess.TimeoutExpired:
                raise ProgramTimeout(argv, timeout, "", "") from None
            finally:
                self._end(child)

    def _start(
        self, argv: tuple[str, ...], extra: Mapping[str, str], *, piped: bool, stdout: int | None = None
    ) -> subprocess.Popen[str]:
        program = shutil.which(argv[0], path=self._environment.get("PATH", os.defpath))
        if program is None:
            raise missing(argv[0])
        child = subprocess.Popen(
            [program, *argv[1:]],
            cwd=self._folder,
            env={**self._environment, **extra},
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else stdout,
            stderr=subprocess.PIPE if piped else None,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._interrupts.adopt(child)
        return child

    def _end(self, child: subprocess.Popen[str]) -> None:
        if child.poll() is None:
            signal_group(child, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(GRACE)
            signal_group(child, signal.SIGKILL)
            child.wait()
        if child.stdin:
            with contextlib.suppress(BrokenPipeError):
                child.stdin.close()
        self._interrupts.release(child)


def missing(program: str) -> ProgramMissing:
    """The error that says `program` is not there, and how to get it."""
    return ProgramMissing(
        f"The program `{program}` is not on PATH.", fix=ADVICE.get(program, ""), code=f"tools.{program}"
    )


class _Reader:
    """Collects what a stream says in a thread, so that no pipe fills up."""

    def __init__(self, stream: IO[str], watch: Watcher | None) -> None:
        self._lines: list[str] = []
        self._stream = stream
        self._watch = watch
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self) -> None:
        with contextlib.suppress(ValueError), self._stream:
            for line in self._stream:
                self._lines.append(line)
                if self._watch:
                    self._watch(line.rstrip())

    def finished(self, seconds: float) -> bool:
        """Whether the stream ends within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def text(self) -> str:
        # A grandchild may keep the pipe open after the program has ended.
        self._thread.join(GRACE)
        return "".join(self._lines)


def _ended(child: subprocess.Popen[str], readers: Sequence[_Reader], deadline: Deadline) -> int:
    """The exit status of `child`. The end of its output is seen at once; `Popen.wait` would poll for it."""
    for reader in readers:
        while child.poll() is None and not deadline.passed and not reader.finished(min(GLANCE, deadline.left)):
            pass  # a grandchild may keep the pipe open, so the child itself is looked at now and then
    return child.wait(deadline.left)


def _feed(child: subprocess.Popen[str], text: str | None) -> None:
    if child.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError), child.stdin:
        child.stdin.write(text or "")
