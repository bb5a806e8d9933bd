"""Who holds a port of this machine."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

LOOPBACK = "127.0.0.1"
LISTEN = "0A"


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def holder_of(port: int, proc: Path = Path("/proc")) -> str:
    """The process that listens on `port`, as `name (process 42)`; empty where that cannot be read."""
    inodes = set(_listening(port, proc))
    for process in _processes(proc) if inodes else ():
        if inodes & set(_sockets(process)):
            return f"{_name(process)} (process {process.name})"
    return ""


def _listening(port: int, proc: Path) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (proc / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _processes(proc: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from (entry for entry in proc.iterdir() if entry.name.isdigit())


def _sockets(process: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for handle in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(handle.readlink())
                if target.startswith("socket:["):
                    yield target[len("socket:[") : -1]


def _name(process: Path) -> str:
    with contextlib.suppress(OSError):
        return (process / "comm").read_text().strip()
    return "a process"
