"""Kinds beside Kubernetes' own, known to the cluster for as long as a test needs them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.cluster.kubectl import kubectl
from tests.support.required import refuse


@contextmanager
def known(kubeconfig: Path, *names: str) -> Iterator[None]:
    """Tell the cluster of definitions by their names, as `httproutes.gateway.networking.k8s.io`.

    They come from the folder that CRD_DIRECTORY names; without them the test is skipped.
    """
    folder = os.environ.get("CRD_DIRECTORY", "")
    found = [path for path in Path(folder or "/nowhere").rglob("*.yaml") if _defines_one_of(path, names)]
    if len(found) < len(names):
        refuse("REQUIRE_CRDS", f"CRD_DIRECTORY has no definitions of {', '.join(names)}")
    files = [f"--filename={path}" for path in found]
    kubectl(kubeconfig, "create", *files)
    try:
        kubectl(kubeconfig, "wait", "--for=condition=Established", "--timeout=60s", *files)
        yield
    finally:
        kubectl(kubeconfig, "delete", *files)


def _defines_one_of(path: Path, names: tuple[str, ...]) -> bool:
    text = path.read_text()
    return any(f"\n  name: {name}\n" in text for name in names)
