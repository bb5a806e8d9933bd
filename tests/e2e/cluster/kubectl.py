"""kubectl by its command, for what the API's client has no word for."""

import subprocess
from pathlib import Path

SECONDS = 300


def kubectl(kubeconfig: Path, *words: str, stdin: str = "") -> str:
    """Run kubectl, and give what it printed.

    Raises:
        subprocess.CalledProcessError: it ended with an error.
    """
    command = ["kubectl", f"--kubeconfig={kubeconfig}", *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=SECONDS, check=True).stdout
