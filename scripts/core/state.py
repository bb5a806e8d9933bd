"""The folder that holds what this checkout knows about one cluster: private files, written whole or not at all."""

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scripts.core.errors import Busy
from scripts.core.objects import Object

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` with mode 0600; a reader sees the old file or the new one, never half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class State:
    """The state folder of one cluster."""

    folder: Path

    @property
    def kubeconfig(self) -> Path:
        """The private kubeconfig: it names this cluster only."""
        return self.folder / "kubeconfig"

    @property
    def exists(self) -> bool:
        """Whether the folder is there."""
        return self.folder.is_dir()

    def prepare(self) -> None:
        """Make the folder, for its owner's eyes only."""
        self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)

    def seal(self) -> None:
        """Give the kubeconfig mode 0600, whatever wrote it."""
        if self.kubeconfig.exists():
            self.kubeconfig.chmod(PRIVATE_FILE)

    def note(self, name: str, content: Object) -> None:
        """Remember `content` under `name`."""
        write_private(self.folder / f"{name}.json", json.dumps(content, indent=1, sort_keys=True) + "\n")

    def noted(self, name: str) -> Object:
        """What was remembered under `name`; empty where nothing readable is there."""
        with contextlib.suppress(OSError, ValueError):
            content = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
            return content if isinstance(content, dict) else {}
        return {}

    def remove(self) -> None:
        """Remove the folder, and the one around it where it is empty then."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.folder.parent.rmdir()

    @contextlib.contextmanager
    def locked(self, verb: str) -> Iterator[None]:
        """Keep other runs away from the cluster while this one works on it.

        Raises:
            Busy: Another run holds the lock.
        """
        self.prepare()
        path = self.folder / "lock"
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE), "r+", encoding="utf-8") as stream:
            self._take(stream, path)
            stream.truncate(0)
            stream.write(f"process {os.getpid()} (slipway {verb})")
            stream.flush()
            try:
                yield
            finally:
                self._tidy(path)

    def _take(self, stream: IO[str], path: Path) -> None:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._busy(stream.read().strip()) from None
        if not path.exists() or path.stat().st_ino != os.fstat(stream.fileno()).st_ino:
            raise self._busy("one that is just ending")

    def _tidy(self, path: Path) -> None:
        """Leave no folder behind that holds nothing but the lock."""
        if self.exists and list(self.folder.iterdir()) == [path]:
            self.remove()

    def _busy(self, holder: str) -> Busy:
        return Busy(
            f"Another run works on cluster {self.folder.name}: {holder or 'a process that gives no name'}.",
            fix="Wait until it has ended.",
            code="state.lock",
        )
