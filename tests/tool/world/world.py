"""The whole of it: a checkout, programs on PATH, a machine and a cluster; and `slipway` run in it."""

import contextlib
import json
import os
import random
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scripts.cli.main import app
from scripts.phases.ports import is_free
from tests.tool.world.api import FakeApi
from tests.tool.world.cluster import Inside
from tests.tool.world.direct import answered_by
from tests.tool.world.machine import Answer, Machine
from tests.tool.world.project import IMAGES, write_project

Thing = dict[str, Any]

SCRIPT = Path(__file__).with_name("program.py")
PROGRAMS = ("docker", "kind", "helm", "kubectl")
CHANGES = {
    "docker": ("start", "unpause", "build", "save", "image rm", "network create", "network rm"),
    "kind": ("create", "delete", "load"),
    "helm": ("upgrade", "rollback", "uninstall"),
    "kubectl": ("apply",),
}


@dataclass
class Call:
    """One run of a fake program."""

    program: str
    argv: list[str]
    stdin: str
    environment: dict[str, str]

    @property
    def line(self) -> str:
        return f"{self.program} {' '.join(self.argv)}"

    @property
    def changes(self) -> bool:
        return any(self.line.startswith(f"{self.program} {verb}") for verb in CHANGES[self.program])


@dataclass
class Ran:
    """What a run of `slipway` left behind."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[Thing]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def result(self) -> Thing:
        event = self.events[-1]
        assert event["phase"] == "result"
        return event


def heard(told: str) -> Thing:
    """What a fake program told of itself: fields between NULs, which need no parser that threads could trip over."""
    program, stdin, count, *rest = told.split("\0")
    argv, environment = rest[: int(count)], rest[int(count) :]
    named = dict(entry.partition("=")[::2] for entry in environment)
    return {"program": program, "argv": argv, "stdin": stdin, "environment": named}


@dataclass
class World:
    """A machine with its fakes.

    Attributes:
        faults: Answers that come instead of the usual ones, by the beginning of the command line.
        hangs: Beginnings of command lines that never end.
    """

    root: Path
    project: Path
    port: int
    api: FakeApi = field(default_factory=FakeApi)
    calls: list[Call] = field(default_factory=list)
    faults: dict[str, Answer] = field(default_factory=dict)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.machine = Machine(self.api, images=set(IMAGES))
        self.inside = Inside(self.api)
        self.api.on_write = self.inside.controllers()
        self.hanging = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._closed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()
        self._install()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": str(self.root / "bin"),
            "HOME": str(self.root / "home"),
            "KUBECONFIG": str(self.root / "home" / ".kube" / "config"),
            "HELM_NAMESPACE": "elsewhere",
            "LANG": "C.UTF-8",
        }

    @property
    def state(self) -> Path:
        return self.project / ".slipway" / "slipway"

    def changes(self) -> list[str]:
        """Everything that changed something: programs and API calls."""
        return [*(call.line for call in self.calls if call.changes), *self.api.writes]

    def forget(self) -> None:
        self.calls.clear()
        self.api.writes.clear()
        self.api.lists.clear()

    def lines(self, beginning: str) -> list[str]:
        return [call.line for call in self.calls if call.line.startswith(beginning)]

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """`slipway` as a process of its own, in a process group of its own."""
        program = "from scripts.cli.main import main; main()"
        return subprocess.Popen(
            [sys.executable, "-c", program, *argv],
            cwd=self.project,
            env={**self.environment, "PYTHONPATH": str(Path(__file__).parents[3])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def close(self) -> None:
        self._closed.set()
        self._server.close()
        self.machine.close_ingress()
        self.api.close()

    def _install(self) -> None:
        folder = self.root / "bin"
        folder.mkdir(parents=True)
        port = self._server.getsockname()[1]
        for program in PROGRAMS:
            path = folder / program
            path.write_text(
                f'#!/bin/sh\nexec "{os.path.realpath(sys.executable)}" -IS "{SCRIPT}" {port} {program} "$@"\n'
            )
            path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        # A program that was ended in the middle asks half a question, or does not hear the answer.
        with line, contextlib.suppress(OSError, SyntaxError, ValueError):
            told = b"".join(iter(lambda: line.recv(65536), b""))
            answer = self.ask(**heard(told.decode()))
            if answer:
                line.sendall(f"{answer.status}\0{answer.output}\0{answer.errors}".encode())
            else:
                self._closed.wait()

    def ask(self, program: str, argv: list[str], stdin: str, environment: dict[str, str]) -> Answer | None:
        """What a program says when it is run so; None where it never ends."""
        call = Call(program, argv, stdin, environment)
        self.calls.append(call)
        for beginning, act in self.before.items():
            if call.line.startswith(beginning):
                act()
        if any(call.line.startswith(beginning) for beginning in self.hangs):
            self.hanging.set()
            return None
        for beginning, answer in self.faults.items():
            if call.line.startswith(beginning):
                return answer
        programs = {
            "docker": self.machine.docker,
            "kind": self.machine.kind,
            "helm": self.inside.helm,
            "kubectl": self.inside.kubectl,
        }
        return programs[call.program](call.argv, vars(call))


class Runner:
    """Runs `slipway` inside this process, in a world.

    Args:
        world: The machine with its fakes.
        capture: Where its output goes.
        patch: Puts this process into the world, for one test.
        started: Whether its programs are started from PATH; else they answer without, many times as fast.
    """

    def __init__(
        self, world: World, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, *, started: bool = False
    ) -> None:
        self.world = world
        self._capture = capture
        if not started:
            patch.setattr("scripts.core.process.Programs.run", answered_by(world.ask))
        patch.setattr("scripts.phases.removal.PACE", 0.01)
        patch.chdir(world.project)
        for name in list(os.environ):
            patch.delenv(name)
        for name, value in world.environment.items():
            patch.setenv(name, value)

    def __call__(self, *argv: str) -> Ran:
        self._capture.readouterr()
        with pytest.raises(SystemExit) as left:
            app(list(argv))
        out, err = self._capture.readouterr()
        return Ran(int(left.value.code or 0), out, err)

    def up(self, *argv: str) -> Ran:
        return self("up", "--port", str(self.world.port), *argv)


def make_world(root: Path) -> World:
    """A world whose files are under `root`."""
    project = write_project(root / "project")
    kube = root / "home" / ".kube"
    kube.mkdir(parents=True)
    (kube / "config").write_text("apiVersion: v1\nkind: Config\ncurrent-context: production\n")
    return World(root, project, free_port())


def free_port() -> int:
    """A port that nobody uses, below those that the system itself gives to whoever connects in the meantime."""
    # Not the seeded generator: every test, in every process, would get the same port.
    ports = random.SystemRandom().sample(range(15_000, 30_000), 100)
    return next(port for port in ports if is_free(port))
