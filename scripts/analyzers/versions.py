"""Versions of programs and of Kubernetes."""

import re
from typing import NamedTuple

# kind's default node image, by kind's minor version: https://github.com/kubernetes-sigs/kind/releases
DEFAULT_KUBERNETES = {27: 32, 28: 33, 29: 33, 30: 34, 31: 35, 32: 36, 33: 37}


class Version(NamedTuple):
    """Major, minor and patch, compared in this order."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def parse_version(text: str) -> Version | None:
    """The first version number in `text`, or None: `kind v0.33.0 go1.26` is 0.33.0."""
    found = re.search(r"v?(\d+)\.(\d+)(?:\.(\d+))?", text)
    return Version(*(int(part or 0) for part in found.groups())) if found else None


def node_kubernetes(image: str, kind: Version) -> Version | None:
    """The Kubernetes version that a node image runs.

    Args:
        image: `kindest/node:v1.34.4`, perhaps with a digest; empty for the one that kind brings itself.
        kind: The version of kind.
    """
    if image:
        tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
        return parse_version(tag)
    newest = max(DEFAULT_KUBERNETES)
    minor = DEFAULT_KUBERNETES.get(min(kind.minor, newest) if kind.major == 0 else newest)
    return Version(1, minor) if minor else None
