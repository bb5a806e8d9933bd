import json
import subprocess
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.image.conftest import ROOT, docker
from tests.support.ports import free_port

INSIDE = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def composed() -> Iterator[tuple[str, str]]:
    """The project's name and the service's address."""
    if "Docker Compose" not in docker("compose", "version", check=False):
        pytest.skip("docker compose is not installed")
    project, port = f"slipway-test-{uuid.uuid4().hex[:8]}", free_port()
    command = ["docker", "compose", "--project-name", project]
    environment = f"PORT={port}"
    try:
        up = subprocess.run(
            ["env", environment, *command, "up", "--build", "--wait", "--wait-timeout", "180"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert up.returncode == 0, up.stderr
        yield project, f"http://127.0.0.1:{port}"
    finally:
        docker("compose", "--project-name", project, "down", "--volumes", "--timeout", "20")


def test_compose_reaches_healthy_and_stores_on_postgresql(composed: tuple[str, str]) -> None:
    project, address = composed
    lines = docker("compose", "--project-name", project, "ps", "--format", "json").splitlines()
    states = {entry["Service"]: entry["Health"] for entry in map(json.loads, lines)}
    assert states == {"service": "healthy", "postgres": "healthy", "valkey": "healthy"}
    checks = httpx.get(f"{address}/health/ready").json()["checks"]
    assert checks["database"]["output"].startswith("postgresql")
    assert checks["redis"]["status"] == "pass"
    tried = docker("compose", "--project-name", project, "exec", "service", "python3", "-m", "service", "check", INSIDE)
    assert "deleted it" in tried
