"""Image references: which ones manifests name, and which of them a node has."""

from collections.abc import Iterable

from scripts.core.objects import Object, at
from scripts.core.references import full_name


def images_of(manifests: Iterable[Object]) -> list[str]:
    """Every image that a pod of `manifests` runs, in order of first mention."""
    found: list[str] = []
    for manifest in manifests:
        for spec in _pod_specs(manifest):
            for field in ("initContainers", "containers"):
                found += [c["image"] for c in at(spec, field, default=[]) if c.get("image")]
    return list(dict.fromkeys(found))


def names_on_node(images: Iterable[Object]) -> set[str]:
    """The full names of the images that `crictl images` lists, by tag and by digest."""
    return {name for image in images for field in ("repoTags", "repoDigests") for name in image.get(field) or []}


def lacking(references: Iterable[str], images: Iterable[Object]) -> list[str]:
    """Those of `references` that a node does not have."""
    there = names_on_node(images)
    return [reference for reference in references if full_name(reference) not in there]


def _pod_specs(manifest: Object) -> list[Object]:
    paths = (("spec", "template", "spec"), ("spec", "jobTemplate", "spec", "template", "spec"), ("spec",))
    return [spec for path in paths if (spec := at(manifest, *path)) and isinstance(spec, dict) and "containers" in spec]
