"""Pack the chart into build/, with the same bytes from the same files, whenever and with whichever Helm it is done.

python -m tests.chart.package [--sign KEY]

Beside it come the parts of the image (SBOM), and with --sign the provenance that `helm verify` reads.
"""

import argparse
import gzip
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.chart.rendering import CHART, INSTALLED, ROOT, run
from tests.chart.sbom import sbom

TARGET = ROOT / "build"
# Helm writes the moment of packing into each file, and what it finds in the order of the disk.
NEVER = 0


def package(helm: str, target: Path) -> Path:
    """The archive that Helm makes of the chart, without what differs from one packing to the next."""
    with tempfile.TemporaryDirectory() as folder:
        run(helm, "package", str(CHART), f"--destination={folder}")
        (made,) = Path(folder).iterdir()
        target.mkdir(exist_ok=True)
        archive = target / made.name
        archive.write_bytes(_settled(made))
    return archive


def sign(archive: Path, key: str, *options: str) -> Path:
    """Write the provenance beside the archive: the chart's own description and the archive's hash, signed by GnuPG.

    Args:
        archive: The packed chart.
        key: Of which user of the keyring.
        options: More for gpg.

    Raises:
        subprocess.CalledProcessError: gpg has no such key, or may not use it.
    """
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    told = f"{(CHART / 'Chart.yaml').read_text()}\n...\nfiles:\n  {archive.name}: sha256:{digest}\n"
    command = ["gpg", "--batch", *options, f"--local-user={key}", "--clear-sign"]
    done = subprocess.run(command, input=told.encode(), capture_output=True, timeout=60, check=True)
    provenance = archive.with_name(f"{archive.name}.prov")
    provenance.write_bytes(done.stdout)
    return provenance


def _settled(archive: Path) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(archive) as old, tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as new:
        for member in sorted(old.getmembers(), key=_place):
            member.mtime, member.mode = NEVER, 0o644
            new.addfile(member, old.extractfile(member))
    return gzip.compress(packed.getvalue(), mtime=NEVER)


def _place(member: tarfile.TarInfo) -> tuple[bool, str]:
    """Chart.yaml first, as Helm has it."""
    return not member.name.endswith("/Chart.yaml"), member.name


def main() -> None:
    """Write what is released."""
    parser = argparse.ArgumentParser(prog="python -m tests.chart.package", description=__doc__)
    parser.add_argument("--sign", metavar="KEY", default="", help="sign the package as this user of GnuPG's keyring")
    options = parser.parse_args()
    if not INSTALLED:
        sys.exit("no helm on PATH; install Helm 4 or 3")
    archive = package(INSTALLED[0], TARGET)
    parts = archive.with_suffix(".cdx.json")
    parts.write_text(sbom())
    made = [archive, parts, *([sign(archive, options.sign)] if options.sign else [])]
    print(*(path.relative_to(ROOT) for path in made), sep="\n")


if __name__ == "__main__":
    main()
