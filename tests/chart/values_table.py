"""Write the sentences of values.yaml into the table of README.md and the descriptions of values.schema.json, and its
values into files/defaults.yaml.

python -m tests.chart.values_table
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from tests.chart.rendering import CHART

Value = tuple[str, Any, str]

VALUES = CHART / "values.yaml"
SCHEMA = CHART / "values.schema.json"
README = CHART / "README.md"
DEFAULTS = CHART / "files" / "defaults.yaml"
MARKS = ("<!-- values: begin -->", "<!-- values: end -->")
PROFILE_MARKS = ("<!-- profiles: begin -->", "<!-- profiles: end -->")
PROFILES = {name: CHART / "profiles" / f"{name}.yaml" for name in ("dev", "staging", "prod")}
# Of a default in a table, in characters.
LONGEST = 60


def leaves() -> list[Value]:
    """Path, default and sentence of every value, in the order of the file; a sentence may be missing."""
    text = VALUES.read_text()
    root = yaml.compose(text)
    assert isinstance(root, yaml.MappingNode)
    return list(_leaves(root, "", text.splitlines()))


def _leaves(node: yaml.MappingNode, prefix: str, lines: list[str]) -> Iterator[Value]:
    for key, value in node.value:
        path = f"{prefix}{key.value}"
        if isinstance(value, yaml.MappingNode) and value.value:
            yield from _leaves(value, f"{path}.", lines)
        else:
            yield path, yaml.safe_load(yaml.serialize(value)), _sentence(lines, key.start_mark.line)


def _sentence(lines: list[str], below: int) -> str:
    """The comment right above a line, from its `# --` on."""
    said: list[str] = []
    for line in reversed(lines[:below]):
        comment = re.fullmatch(r"\s*#( --)? ?(.*)", line)
        if not comment:
            return ""
        said.insert(0, comment[2])
        if comment[1]:
            return " ".join(said).strip()
    return ""


def readme() -> str:
    """README.md with the table as it should be."""
    rows = [f"| `{path}` | {_default(value)} | {sentence} |" for path, value, sentence in leaves()]
    text = _between(README.read_text(), MARKS, ["| Value | Default | Meaning |", "| --- | --- | --- |", *rows])
    return _between(text, PROFILE_MARKS, list(_profiles()))


def _between(text: str, marks: tuple[str, str], lines: list[str]) -> str:
    before, rest = text.split(marks[0])
    after = rest.split(marks[1])[1]
    return "\n".join([f"{before}{marks[0]}", *lines, f"{marks[1]}{after}"])


def _profiles() -> Iterator[str]:
    """Every value that a profile has otherwise than the chart."""
    chosen = [yaml.safe_load(path.read_text()) for path in PROFILES.values()]
    yield f"| Value | Default | {' | '.join(f'`{name}`' for name in PROFILES)} |"
    yield "| --- " * (len(PROFILES) + 2) + "|"
    for path, default, _ in leaves():
        values = [_at(profile, path, default) for profile in chosen]
        if any(value != default for value in values):
            yield f"| `{path}` | {' | '.join(map(_default, (default, *values)))} |"


def _at(values: Any, path: str, default: Any) -> Any:
    for key in path.split("."):
        if not isinstance(values, dict) or key not in values:
            return default
        values = values[key]
    return values


def _default(value: Any) -> str:
    text = json.dumps(value)
    return "see there" if isinstance(value, list | dict) and len(text) > LONGEST else f"`{text}`"


def schema() -> str:
    """values.schema.json with the descriptions as they should be."""
    document = json.loads(SCHEMA.read_text())
    for path, _, sentence in leaves():
        found = document
        for key in path.split("."):
            found = found["properties"][key]
        found["description"] = sentence
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def defaults() -> str:
    """The values alone, which templates can read: Helm shows them no values.yaml."""
    values = yaml.safe_load(VALUES.read_text())
    return "# Written from ../values.yaml.\n" + yaml.safe_dump(values, sort_keys=False, width=120)


if __name__ == "__main__":
    DEFAULTS.write_text(defaults())
    README.write_text(readme())
    SCHEMA.write_text(schema())
