"""What is released beside the chart: the parts of the image, a signature that Helm accepts, a place in a registry."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chart.package import package, sign
from tests.chart.registry import registry
from tests.chart.rendering import RefusedError, run
from tests.chart.sbom import LOCK, sbom

KEY = "release@slipway.invalid"


def test_the_parts_are_the_locked_packages_and_the_image_below() -> None:
    document = json.loads(sbom())
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    found = {part["purl"] for part in document["components"]}
    assert len(found) == len(document["components"]) == len({part["bom-ref"] for part in document["components"]})
    pins = [line.split()[0] for line in LOCK.read_text().splitlines() if "==" in line and not line.startswith(" ")]
    assert found == {f"pkg:pypi/{pin.replace('==', '@')}" for pin in pins} | {"pkg:docker/python@3.13-slim-trixie"}
    assert sbom() == sbom()


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Path]:
    """A folder with a key of its own, and beside it the public part as Helm wants it."""
    if not shutil.which("gpg"):
        pytest.skip("no gpg on PATH")
    home = tmp_path / "keys"
    home.mkdir(mode=0o700)
    gpg = ("gpg", "--batch", f"--homedir={home}", "--pinentry-mode=loopback", "--passphrase=")
    subprocess.run([*gpg, "--quick-generate-key", KEY, "rsa2048", "sign"], check=True, capture_output=True, timeout=60)
    public = subprocess.run([*gpg, "--export", KEY], check=True, capture_output=True, timeout=60).stdout
    (home / "public.gpg").write_bytes(public)
    yield home
    subprocess.run(["gpgconf", f"--homedir={home}", "--kill", "gpg-agent"], check=True, timeout=60)


def test_helm_verifies_what_was_signed_and_refuses_what_was_changed(helm: str, keys: Path, tmp_path: Path) -> None:
    archive = package(helm, tmp_path / "packed")
    sign(archive, KEY, f"--homedir={keys}")
    ring = f"--keyring={keys / 'public.gpg'}"
    assert KEY in run(helm, "verify", str(archive), ring)
    archive.write_bytes(archive.read_bytes() + b"\0")
    with pytest.raises(RefusedError, match="does not match"):
        run(helm, "verify", str(archive), ring)


def test_what_is_pushed_to_a_registry_comes_back_as_it_was(helm: str, tmp_path: Path) -> None:
    archive = package(helm, tmp_path / "packed")
    with registry() as store:
        place = f"oci://{store.address}/charts"
        run(helm, "push", str(archive), place, "--plain-http")
        run(helm, "pull", f"{place}/slipway", "--version=0.1.0", "--plain-http", f"--destination={tmp_path}")
        assert (tmp_path / archive.name).read_bytes() == archive.read_bytes()
        kinds = {kind for kind, _ in store.kept.values()}
        assert "application/vnd.oci.image.manifest.v1+json" in kinds
