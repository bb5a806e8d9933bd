"""Needs Docker, and for compose.yaml its images and port 8000: builds the image and looks at what came out."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def docker(*words: str, check: bool = True, timeout: int = 600) -> str:
    run = subprocess.run(["docker", *words], cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    assert not check or run.returncode == 0, run.stderr
    return run.stdout + run.stderr


def engine_answers() -> bool:
    return (
        bool(shutil.which("docker"))
        and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0
    )


@pytest.fixture(scope="session", autouse=True)
def _engine() -> None:
    if not engine_answers():
        if os.environ.get("REQUIRE_DOCKER"):
            pytest.fail("no Docker engine answers, and REQUIRE_DOCKER is set")
        pytest.skip("no Docker engine answers")


@pytest.fixture(scope="session")
def image() -> Iterator[str]:
    name = f"slipway-test:{uuid.uuid4().hex[:12]}"
    docker("build", "--quiet", "--tag", name, ".")
    yield name
    docker("image", "rm", name)
