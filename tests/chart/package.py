"""Pack the chart into build/, with the same bytes from the same files, whenever and with whichever Helm it is done.

python -m tests.chart.package
"""

import gzip
import io
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.chart.rendering import CHART, INSTALLED, ROOT, run

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


if __name__ == "__main__":
    if not INSTALLED:
        sys.exit("no helm on PATH; install Helm 4 or 3")
    print(package(INSTALLED[0], TARGET).relative_to(ROOT))
