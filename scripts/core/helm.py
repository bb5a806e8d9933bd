"""What helm is asked to do. It never waits: the verdicts of a rollout are our own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.core.process import Programs

ASK = 20.0
# Helm itself waits only for hooks; they have their own deadlines below this one.
HOOKS = "5m"
UPGRADE = 330.0
UNDO = 180.0
FINGERPRINT = "slipway.dev/fingerprint"


@dataclass(frozen=True)
class Upgrade:
    """What a release is made of."""

    chart: Path
    values: Sequence[Path]
    settings: Sequence[str]
    tag: str
    fingerprint: str


class Helm:
    """Helm by its command, for one release.

    Args:
        programs: Who runs it.
        kubeconfig: The private kubeconfig.
        namespace: The namespace of the release.
        release: Its name.
    """

    def __init__(self, programs: Programs, kubeconfig: Path, namespace: str, release: str) -> None:
        self._programs = programs
        self._release = release
        self._where = ("--kubeconfig", str(kubeconfig), "--namespace", namespace)

    def version(self) -> str:
        """The version it tells in short."""
        return self._programs.run("helm", "version", "--short", timeout=ASK).output.strip()

    def upgrade(self, wanted: Upgrade) -> None:
        """Install the release, or upgrade it; ProgramFailed where helm refuses it."""
        files = [part for path in wanted.values for part in ("--values", str(path))]
        settings = [part for setting in wanted.settings for part in ("--set", setting)]
        self._programs.run(
            *("helm", "upgrade", "--install", self._release, str(wanted.chart), *files, *settings),
            # As a string: twelve hex digits may look like a number.
            *("--set-string", f"image.tag={wanted.tag}"),
            *("--labels", f"{FINGERPRINT}={wanted.fingerprint}", "--timeout", HOOKS, *self._where),
            timeout=UPGRADE,
        )

    def rollback(self, revision: int) -> None:
        """Go back to `revision`."""
        argv = ("helm", "rollback", self._release, str(revision), "--timeout", HOOKS, *self._where)
        self._programs.run(*argv, timeout=UNDO)

    def uninstall(self) -> None:
        """Remove the release with all its history."""
        self._programs.run("helm", "uninstall", self._release, "--ignore-not-found", *self._where, timeout=UNDO)
