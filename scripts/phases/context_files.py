"""The files that go into the service's image, and the tag that follows from them."""

from collections.abc import Iterator
from pathlib import Path

from scripts.analyzers.contexts import copied_sources, ignore_patterns, ignored
from scripts.analyzers.fingerprints import fingerprint
from scripts.core.errors import ImageError
from scripts.core.project import Project

DOCKERFILE = "Dockerfile"
IGNORE_FILE = ".dockerignore"


def image_tag(project: Project) -> str:
    """The tag of the image: the fingerprint of what the Dockerfile copies, and of the Dockerfile itself.

    Raises:
        ImageError: There is no Dockerfile, or a file that it copies is missing.
    """
    paths = (*_own_files(project.root), *_copied(project.root))
    return fingerprint((path.relative_to(project.root).as_posix(), _content(path)) for path in dict.fromkeys(paths))


def _own_files(root: Path) -> Iterator[Path]:
    if not (root / DOCKERFILE).is_file():
        raise ImageError(f"There is no {DOCKERFILE} in {root}.", code="image.dockerfile")
    yield root / DOCKERFILE
    if (root / IGNORE_FILE).is_file():
        yield root / IGNORE_FILE


def _copied(root: Path) -> Iterator[Path]:
    ignore = root / IGNORE_FILE
    patterns = ignore_patterns(ignore.read_text(encoding="utf-8")) if ignore.is_file() else []
    for source in copied_sources((root / DOCKERFILE).read_text(encoding="utf-8")):
        found = sorted(root.glob(source)) if source != "." else [root]
        if not found:
            raise ImageError(f"The {DOCKERFILE} copies {source}, which is not in {root}.", code="image.context")
        for path in found:
            yield from (f for f in _files(path) if not ignored(f.relative_to(root).as_posix(), patterns))


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (inner for inner in sorted(path.rglob("*")) if inner.is_file() and not inner.is_symlink())
    else:
        yield path


def _content(path: Path) -> bytes:
    # A file that becomes executable is another file to the image.
    mode = b"x" if path.stat().st_mode & 0o100 else b"-"
    return mode + path.read_bytes()
