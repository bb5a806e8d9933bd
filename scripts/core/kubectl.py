"""What kubectl is asked to do: apply folders of manifests."""

import json
from collections.abc import Sequence
from pathlib import Path

from scripts.core.objects import Object
from scripts.core.process import Programs

ASK = 20.0
APPLY = 120.0
MANAGER = "slipway"


class Kubectl:
    """Kubectl by its command.

    Args:
        programs: Who runs it.
        kubeconfig: The private kubeconfig.
    """

    def __init__(self, programs: Programs, kubeconfig: Path) -> None:
        self._programs = programs
        self._kubeconfig = str(kubeconfig)

    def version(self) -> Object:
        """The version of the client."""
        told: Object = json.loads(
            self._programs.run("kubectl", "version", "--client", "-o", "json", timeout=ASK).output
        )
        return told

    def apply(self, manifests: Sequence[Object]) -> None:
        """Apply the manifests on the server's side, each in the namespace that it names."""
        where = ("--kubeconfig", self._kubeconfig)
        how = ("--server-side", "--force-conflicts", f"--field-manager={MANAGER}")
        bundle = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
        self._programs.run("kubectl", "apply", *how, "-f", "-", *where, timeout=APPLY, stdin=bundle)
