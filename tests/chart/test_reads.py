"""No template reads a value that does not exist: Helm takes it for empty and says nothing."""

from pathlib import Path
from typing import Any

import pytest

from tests.chart.reads import reads
from tests.chart.rendering import CHART
from tests.chart.test_values import PLACES

TEMPLATES = sorted(path for path in (CHART / "templates").rglob("*") if path.is_file())
# Of a free mapping, as of a list, what is in it.
NODES: dict[str, dict[str, Any]] = {path.replace("{}", "[]"): node for path, node in PLACES.items()}


def exists(path: str) -> bool:
    """Whether the schema has the path, or lets anything be there."""
    if path in NODES:
        return True
    parent = NODES.get(path.rpartition(".")[0], {})
    return parent.get("type") == "object" and parent.get("additionalProperties") is not False


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("{{ .Values.a.b | quote }}", ["a.b"]),
        ("{{ if and $.Values.a (not .context.Values.b) }}", ["a", "b"]),
        (
            "{{- with .Values.a -}}{{ .b }}{{ if .c }}{{ .d }}{{ else }}{{ .e }}{{ end }}{{ else }}{{ .f }}{{ end }}",
            ["a", "a.b", "a.c", "a.d", "a.e"],
        ),
        ("{{ range .Values.a }}{{ .b }}{{ end }}{{ .c }}", ["a", "a[].b"]),
        ("{{ range $key, $each := .Values.a }}{{ $each.b }}{{ end }}", ["a", "a[].b"]),
        ("{{ $one := .Values.a }}{{ with .Release }}{{ $one.b }}{{ .Name }}{{ end }}", ["a", "a.b"]),
        ('{{ printf ".Values.a" }}{{/* .Values.b */}}', []),
    ],
)
def test_a_read_is_found_wherever_it_stands(text: str, paths: list[str]) -> None:
    assert list(reads(text)) == paths


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_value_that_a_template_reads_exists(path: Path) -> None:
    assert [read for read in reads(path.read_text()) if not exists(read)] == []
