"""A PostgreSQL server of the tests' own, from what the machine has installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port

PASSWORD = "p@ss/w:rd #1"  # each of these characters breaks a URL that is put together by hand


def programs() -> Path | None:
    """The folder with initdb and postgres, the newest where there are several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb and shutil.which("postgres") else None


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a server in the folder; the value is its address, without the password."""
    bin_folder = programs()
    assert bin_folder is not None
    # PostgreSQL refuses to run as root, and its socket's path must be short.
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg") as short:
        for path in (Path(short), folder):
            path.chmod(0o777)
        secret = Path(short) / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        data = Path(short) / "data"
        arguments = ["--pgdata", str(data), "--username=slipway", "--auth=scram-sha-256", f"--pwfile={secret}"]
        subprocess.run([bin_folder / "initdb", *arguments, "--no-sync"], check=True, capture_output=True, user=user)
        port = free_port()
        options = f"-p {port} -k {short} -c listen_addresses=127.0.0.1 -c fsync=off"
        control = [str(bin_folder / "pg_ctl"), "--pgdata", str(data), "--wait"]
        log = ["--log", str(Path(short) / "log")]
        subprocess.run([*control, *log, "--options", options, "start"], check=True, capture_output=True, user=user)
        try:
            yield f"postgresql://slipway@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "--mode=immediate", "stop"], check=True, capture_output=True, user=user)
