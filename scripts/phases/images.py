"""Images: the service's own is built once per content, and every node has what this machine has."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from scripts.analyzers.references import images_of, lacking
from scripts.core.errors import ImageError, ProgramFailed, UsageError
from scripts.core.objects import Object
from scripts.core.parallel import ask_all
from scripts.core.report import Voice
from scripts.phases.context import REPOSITORY, Context, Outcome
from scripts.phases.context_files import image_tag
from scripts.phases.stack import FOLDERS
from scripts.phases.waking import wake_pods

PHASE = "images"
STEP = re.compile(r"^#\d+ (\[.+\].*)$")


@dataclass(frozen=True)
class Shipped(Outcome):
    """What became of the images, and the tag of the service's own."""

    tag: str


def reconcile_images(context: Context, *, containerd_store: bool, tag: str = "") -> Shipped:
    """Build the image where its content is new, and load what nodes lack.

    Args:
        context: The run.
        containerd_store: Whether docker keeps its images in containerd.
        tag: A tag that exists already; empty to build what the checkout holds.

    Raises:
        ImageError: It cannot be built or loaded, or a node lacks it afterwards.
    """
    voice = context.voice(PHASE)
    chosen = tag or image_tag(context.project)
    own = f"{REPOSITORY}:{chosen}"
    built = not tag and _build(context, own, voice)
    wanted = [own, *manifest_images(context)]
    local = context.docker.images(wanted)
    if tag and own not in local and _gaps(context, [own]):
        raise ImageError(
            f"Neither docker nor every node has the image {own}.", fix="Leave --image-tag out to build one."
        )
    loaded = _load(context, [ref for ref in wanted if ref in local], voice, containerd_store=containerd_store)
    if loaded:
        wake_pods(context.api(), loaded, voice)
    _tell_pulls(context, [ref for ref in wanted if ref not in local], voice)
    done = [*(["built"] if built else []), *([f"loaded {', '.join(loaded)}"] if loaded else [])]
    return Shipped(changed=bool(done), message=f"{own} {'; '.join(done)}".strip(), tag=chosen)


def manifest_images(context: Context) -> list[str]:
    """The images that the manifests around the release name."""
    return images_of(manifest for folder in FOLDERS for manifest in folder_manifests(context, folder))


def folder_manifests(context: Context, folder: str) -> Iterator[Object]:
    """Every object in the files of one folder of manifests.

    Raises:
        UsageError: A file is no YAML.
    """
    for path in folder_files(context, folder):
        try:
            found = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        except yaml.YAMLError as error:
            raise UsageError(f"{path} is no YAML: {' '.join(str(error).split())}.", code="manifests") from error
        yield from (manifest for manifest in found if isinstance(manifest, dict))


def folder_files(context: Context, folder: str) -> list[Path]:
    """The files that kubectl reads of one folder of manifests."""
    place = context.project.manifests / folder
    return sorted(path for path in place.glob("*") if path.suffix in {".yaml", ".yml", ".json"})


def _build(context: Context, own: str, voice: Voice) -> bool:
    if own in context.docker.images([own]):
        return False
    revision = own.rpartition(":")[2]
    with voice.waiting(f"docker to build {own}") as now:

        def progress(line: str) -> None:
            step = STEP.match(line)
            if step:
                now(f"docker build: {step[1][:90]}")

        try:
            context.docker.build(own, ("--build-arg", f"REVISION={revision}"), str(context.project.root), progress)
        except ProgramFailed as failed:
            raise _build_failure(own, failed) from failed
    voice.say("changed", own, "built", code="image.built")
    return True


def _build_failure(own: str, failed: ProgramFailed) -> ImageError:
    lines = [line for line in failed.errors.splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if line.startswith("ERROR: ")), failed.reason)
    return ImageError(
        f"docker could not build {own}: {told.removeprefix('ERROR: ').rstrip('.')}.",
        fix="The lines below are the end of the build.",
        evidence=lines[-15:],
        code="image.build",
    )


def _gaps(context: Context, references: list[str]) -> list[tuple[str, list[str]]]:
    """For each node that lacks some of `references`: its name and which."""
    nodes = [node.name for node in context.docker.nodes(context.cluster)]
    lacks = ask_all(lambda node: (node, lacking(references, context.docker.images_on(node))), nodes)
    return [(node, names) for node, names in lacks if names]


def _load(context: Context, references: list[str], voice: Voice, *, containerd_store: bool) -> list[str]:
    wanted = {name for _, names in _gaps(context, references) for name in names}
    missing = [reference for reference in references if reference in wanted]
    if not missing:
        return []
    with voice.waiting(f"{', '.join(missing)} to be loaded"):
        try:
            context.kind.load(missing)
        except ProgramFailed as failed:
            if not containerd_store:
                raise _load_failure(missing, failed) from failed
            _load_one_platform(context, missing, voice)
    still = _gaps(context, missing)
    if still:
        told = "; ".join(f"{node} lacks {', '.join(names)}" for node, names in still)
        raise ImageError(f"kind loaded the images without an error, and yet {told}.", code="image.verify")
    return missing


def _load_one_platform(context: Context, references: list[str], voice: Voice) -> None:
    """Docker's containerd store saves an index whose other platforms it never fetched; kind refuses that archive."""
    platform = str(context.docker.version().get("Server", {}).get("Arch", "amd64"))
    voice.say("warn", "", f"docker keeps its images in containerd: only linux/{platform} of them is loaded")
    with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
        archive = Path(folder) / "images.tar"
        try:
            context.docker.save(references, f"linux/{platform}", str(archive))
            context.kind.load_archive(archive)
        except ProgramFailed as failed:
            raise _load_failure(references, failed) from failed


def _load_failure(references: list[str], failed: ProgramFailed) -> ImageError:
    return ImageError(
        f"kind could not load {', '.join(references)}: {failed.reason.removeprefix('ERROR: ')}.",
        evidence=failed.errors.splitlines()[-8:],
        code="image.load",
    )


def _tell_pulls(context: Context, references: list[str], voice: Voice) -> None:
    absent = {name for _, names in _gaps(context, references) for name in names} if references else set()
    for reference in references:
        if reference in absent:
            voice.say("ok", reference, "docker does not have it: the cluster pulls it itself", code="image.pull")
