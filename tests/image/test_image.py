import json
import re

from tests.image.conftest import docker

MEGABYTE = 1_000_000
UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}


def size(text: str) -> float:
    """Bytes of what `docker history` prints, such as 64.3MB."""
    match = re.fullmatch(r"([\d.]+)([kMG]?B)", text)
    assert match, text
    return float(match[1]) * UNITS[match[2]]


def run(image: str, *words: str) -> str:
    return docker(
        "run", "--rm", "--read-only", "--tmpfs", "/tmp", "--entrypoint", "/bin/sh", image, "-c", " ".join(words)
    )


def test_the_layers_above_the_base_are_small(image: str) -> None:
    base = len(docker("history", "--quiet", "python:3.13-slim-trixie").split())
    sizes = docker("history", "--format", "{{.Size}}", image).split()
    above = sum(size(text) for text in sizes[:-base])
    print(f"layers above the base: {above / MEGABYTE:.1f} MB")
    assert 1 * MEGABYTE < above <= 75 * MEGABYTE


def test_it_runs_as_nobody_in_particular_and_says_what_it_is(image: str) -> None:
    config = json.loads(docker("image", "inspect", "--format", "{{json .Config}}", image))
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["python3", "-m", "service"]
    assert config["Cmd"] == ["serve"]
    labels = {name.removeprefix("org.opencontainers.image.") for name in config["Labels"]}
    assert {"title", "description", "version", "revision"} <= labels


def test_nothing_to_build_or_install_with_is_left(image: str) -> None:
    found = run(
        image, "for tool in pip pip3 gcc cc make strip; do command -v $tool; done; python3 -m pip --version; true"
    )
    (line,) = found.splitlines()
    assert line.endswith("No module named pip")


def test_nothing_is_missed_of_what_was_taken_out(image: str) -> None:
    script = LOAD_EVERYTHING.replace("\n", "; ")
    assert run(image, f"python3 -W error -c '{script}'").strip() == "True"


def test_the_code_is_compiled_and_not_compiled_again(image: str) -> None:
    assert run(image, "ls /opt/slipway/service/__pycache__/app.*.pyc")
    assert run(image, "touch /opt/slipway/x 2>&1 || echo read-only").strip().endswith("read-only")


def test_it_stops_with_exit_code_0(image: str) -> None:
    container = docker("run", "--detach", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", image).strip()
    try:
        docker("exec", container, "python3", "-c", WAIT_FOR_IT)
        docker("stop", "--time", "20", container)
        assert docker("inspect", "--format", "{{.State.ExitCode}}", container).strip() == "0"
    finally:
        docker("rm", "--force", container)


LOAD_EVERYTHING = """\
import importlib, pkgutil, service, alembic.command
found = [each.name for each in pkgutil.walk_packages(service.__path__, "service.") if "__main__" not in each.name]
[importlib.import_module(name) for name in found]
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from pwdlib import PasswordHash
OTLPSpanExporter(endpoint="http://127.0.0.1:9/v1/traces").shutdown()
print(PasswordHash.recommended().verify("a password", PasswordHash.recommended().hash("a password")))"""

WAIT_FOR_IT = """
import time, urllib.request
deadline = time.monotonic() + 30
while True:
    try:
        urllib.request.urlopen("http://127.0.0.1:9000/health/startup", timeout=2)
        break
    except OSError:
        assert time.monotonic() < deadline
        time.sleep(0.1)
"""
