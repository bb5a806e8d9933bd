"""What kind is asked to do. It always gets its own network and the private kubeconfig."""

from pathlib import Path

from scripts.core.errors import ProgramFailed
from scripts.core.process import Programs, Watcher
from scripts.core.state import State, write_private

CREATE = 600.0
DELETE = 120.0
LOAD = 300.0
ASK = 20.0


class Kind:
    """Kind by its command, for one cluster.

    Args:
        programs: Who runs it.
        cluster: The cluster; its docker network has the same name.
        state: Where its kubeconfig goes.
    """

    def __init__(self, programs: Programs, cluster: str, state: State) -> None:
        self._programs = programs
        self._cluster = cluster
        self._state = state

    def version(self) -> str:
        """The line in which it tells its version."""
        return self._programs.run("kind", "version", timeout=ASK).output.strip()

    def create(self, config: str, watch: Watcher) -> None:
        """Create the cluster from `config`. It is not awaited: kind's `--wait` succeeds also when nothing is ready."""
        self._programs.run(
            *("kind", "create", "cluster", "--name", self._cluster, "--config", "-", "--wait", "0s"),
            *("--kubeconfig", str(self._state.kubeconfig)),
            timeout=CREATE,
            stdin=config,
            watch=watch,
            extra={"KIND_EXPERIMENTAL_DOCKER_NETWORK": self._cluster},
        )
        self._state.seal()

    def delete(self) -> None:
        """Delete whatever there is of the cluster."""
        kubeconfig = ("--kubeconfig", str(self._state.kubeconfig)) if self._state.exists else ()
        self._programs.run("kind", "delete", "cluster", "--name", self._cluster, *kubeconfig, timeout=DELETE)

    def fetch_kubeconfig(self) -> bool:
        """Write the cluster's kubeconfig to its private place; False where the cluster has none."""
        try:
            told = self._programs.run("kind", "get", "kubeconfig", "--name", self._cluster, timeout=ASK)
        except ProgramFailed:
            return False
        write_private(self._state.kubeconfig, told.output)
        return True

    def load(self, references: list[str]) -> None:
        """Bring local images to every node that lacks them."""
        self._programs.run("kind", "load", "docker-image", "--name", self._cluster, *references, timeout=LOAD)

    def load_archive(self, archive: Path) -> None:
        """Bring the images of a tar file to every node."""
        self._programs.run("kind", "load", "image-archive", "--name", self._cluster, str(archive), timeout=LOAD)
