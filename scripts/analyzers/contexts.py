"""Which files go into an image, read from the one place that says so: the Dockerfile and its ignore file."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath


def copied_sources(dockerfile: str) -> list[str]:
    """The sources that the last stage takes from the build context, itself or by the stages it is made from, in order.

    Args:
        dockerfile: The text of the Dockerfile.
    """
    found = [source for stage in _needed(_stages(dockerfile)) for source in _context_sources(stage)]
    return list(dict.fromkeys(found))


def ignored(path: str, patterns: Sequence[str]) -> bool:
    """Whether the ignore file leaves `path` out; the last pattern that matches it, or a folder of it, decides.

    Args:
        path: A path inside the context, with slashes.
        patterns: The lines of `.dockerignore`.
    """
    verdict = False
    for pattern in patterns:
        keep = pattern.startswith("!")
        if _matches(path, pattern.removeprefix("!")):
            verdict = not keep
    return verdict


def ignore_patterns(text: str) -> list[str]:
    """The patterns of an ignore file, without comments and empty lines."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@dataclass(frozen=True)
class _Stage:
    name: str
    base: str
    instructions: list[str] = field(default_factory=list)

    @property
    def needs(self) -> set[str]:
        """The stages and images that this one begins with or copies from; docker does not heed the case of a stage."""
        named = re.findall(r"(?:--from=|[=,]from=)([^\s,]+)", "\n".join(self.instructions))
        return {name.lower() for name in (self.base, *named)}


def _stages(dockerfile: str) -> list[_Stage]:
    stages: list[_Stage] = []
    for instruction in _instructions(dockerfile):
        words = instruction.split()
        if words[0].upper() == "FROM":
            plain = [word for word in words[1:] if not word.startswith("--")]
            named = plain[2] if len(plain) > 2 else str(len(stages))  # noqa: PLR2004 - FROM base AS name
            stages.append(_Stage(named.lower(), plain[0]))
        elif stages:
            stages[-1].instructions.append(instruction)
    return stages


def _needed(stages: list[_Stage]) -> list[_Stage]:
    """The last stage and all those it is made from, in order; a stage can only name those above it."""
    named: set[str] = set()
    found: list[_Stage] = []
    for index, stage in reversed(list(enumerate(stages))):
        if not found or named & {stage.name, str(index)}:
            found.append(stage)
            named |= stage.needs
    return found[::-1]


def _context_sources(stage: _Stage) -> Iterable[str]:
    for instruction in stage.instructions:
        word, _, rest = instruction.partition(" ")
        if word.upper() in {"COPY", "ADD"}:
            yield from _sources(rest)
        elif word.upper() == "RUN":
            yield from _bound(rest)


def _instructions(dockerfile: str) -> Iterable[str]:
    joined = re.sub(r"\\\s*\n", " ", re.sub(r"(?m)^\s*#.*\n?", "", dockerfile))
    return (" ".join(line.split()) for line in joined.splitlines() if line.strip())


def _sources(rest: str) -> list[str]:
    words = rest.split()
    flags = [word for word in words if word.startswith("--")]
    if any(flag.startswith("--from=") for flag in flags):
        return []
    plain = re.findall(r'"([^"]+)"', rest) or [word for word in words if not word.startswith("--")]
    return [source.removeprefix("./").rstrip("/") or "." for source in plain[:-1] if "://" not in source]


def _bound(rest: str) -> list[str]:
    mounts = [dict(_pairs(mount)) for mount in re.findall(r"--mount=(\S+)", rest)]
    return [m["source"] for m in mounts if m.get("type", "bind") == "bind" and "source" in m and "from" not in m]


def _pairs(mount: str) -> Iterable[tuple[str, str]]:
    for part in mount.split(","):
        key, _, value = part.partition("=")
        yield key, value


def _matches(path: str, pattern: str) -> bool:
    expression = _expression(pattern.strip("/"))
    parts = PurePosixPath(path).parts
    return any(expression.fullmatch("/".join(parts[: depth + 1])) for depth in range(len(parts)))


def _expression(pattern: str) -> re.Pattern[str]:
    rules = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(rules.get(piece, re.escape(piece)) for piece in pieces))
