"""Where the parts of the project are."""

from dataclasses import dataclass
from pathlib import Path

from scripts.core.errors import UsageError

MARK = Path("charts/slipway/Chart.yaml")


@dataclass(frozen=True)
class Project:
    """One checkout, known by its root."""

    root: Path

    @property
    def chart(self) -> Path:
        """The Helm chart of the release."""
        return self.root / "charts" / "slipway"

    @property
    def profile(self) -> Path:
        """The values for development."""
        return self.chart / "profiles" / "dev.yaml"

    @property
    def manifests(self) -> Path:
        """What stands around the release."""
        return self.root / "k8s"

    def state(self, cluster: str) -> Path:
        """The folder that holds what this checkout knows about `cluster`."""
        return self.root / ".slipway" / cluster


def find_project(start: Path) -> Project:
    """The checkout around `start`, else the one this file lies in.

    Raises:
        UsageError: Neither holds the chart.
    """
    own = Path(__file__).resolve().parents[2]
    for folder in (start.resolve(), *start.resolve().parents, own):
        if (folder / MARK).is_file():
            return Project(folder)
    raise UsageError(
        f"No {MARK} was found in {start} or above it.", fix="Run slipway inside a checkout of the project."
    )
