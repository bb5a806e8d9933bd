"""values.yaml, its schema and its table say the same, and the schema lets nothing else pass."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.rendering import CHART, RefusedError, one, template
from tests.chart.scenarios import PRODUCTION
from tests.chart.values_table import DEFAULTS as PLAIN
from tests.chart.values_table import README, SCHEMA, defaults, leaves, readme, schema

DOCUMENT = json.loads(SCHEMA.read_text())
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())
OF_A_PARENT = {"global", "enabled"}
# Parts that are as Kubernetes or the Gateway API spell them, whatever they will spell next.
OPEN = re.compile(
    r"affinity\.|httpRoute\.rules\[\]\.(matches|filters|backendRefs|retry|sessionPersistence)|.*\.matchLabels$"
)
# Text that is the user's own, whatever it is: names and values of annotations, labels, taints.
FREE = re.compile(r"\{\}$|tolerations\[\]\.(key|value)$|topologyKey$|tls\[\]\.hosts\[\]$")
# What Kubernetes or KEDA spells, and refuses itself where it is misspelt.
SPELT_ELSEWHERE = re.compile(
    r"(extra(Env|EnvFrom|Volumes|VolumeMounts|Objects)|initContainers|sidecars|autoscaling\.keda\.triggers)\[\]"
    r"|autoscaling\.(pods|external)\[\]\.selector"
)


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    name = node["$ref"].removeprefix("#/definitions/")
    return {**DOCUMENT["definitions"][name], **{key: value for key, value in node.items() if key != "$ref"}}


def walk(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place of the schema, with its path: `.key` of an object, `[]` of a list, `{}` of a free object."""
    node = resolve(node)
    yield path, node
    for key, below in node.get("properties", {}).items():
        yield from walk(below, f"{path}.{key}".lstrip("."))
    if "items" in node:
        yield from walk(node["items"], f"{path}[]")
    if isinstance(node.get("additionalProperties"), dict):
        yield from walk(node["additionalProperties"], f"{path}{{}}")


PLACES = dict(walk(DOCUMENT))
CLOSED = [path for path, node in PLACES.items() if node.get("additionalProperties") is False]
# A definition that many places refer to is tried in one of them.
DISTINCT = list({id(PLACES[path]["properties"]): path for path in reversed(CLOSED)}.values())


def with_misspelt_key(path: str) -> dict[str, Any]:
    """Values that are right but for the key `misspelt` at the path."""
    values: Any = {"misspelt": 1}
    for key in reversed([key for key in re.split(r"\.|(?=\[\]|\{\})", path) if key]):
        values = [values] if key == "[]" else {"signing_key" if key == "{}" else key: values}
    found: dict[str, Any] = values
    return found


def test_the_table_of_the_readme_is_up_to_date() -> None:
    assert README.read_text() == readme(), "run python -m tests.chart.values_table"


def test_the_descriptions_of_the_schema_are_up_to_date() -> None:
    assert SCHEMA.read_text() == schema(), "run python -m tests.chart.values_table"


def test_the_values_that_templates_can_read_are_up_to_date() -> None:
    assert PLAIN.read_text() == defaults(), "run python -m tests.chart.values_table"
    assert yaml.safe_load(PLAIN.read_text()) == DEFAULTS


@pytest.mark.parametrize(("path", "sentence"), [(path, sentence) for path, _, sentence in leaves()])
def test_every_value_is_explained_in_a_sentence(path: str, sentence: str) -> None:
    assert re.fullmatch(r"[A-Z`].+\.|[`0-9].+\.", sentence), path


def test_the_schema_covers_every_value_and_nothing_else() -> None:
    values = {path for path, _, _ in leaves()}
    sections = {path.rsplit(".", count)[0] for path in values for count in range(1, path.count(".") + 1)}
    beyond = {
        path for path in PLACES if not any(path.startswith((f"{leaf}.", f"{leaf}[", f"{leaf}{{")) for leaf in values)
    }
    assert beyond - {""} == values | sections | OF_A_PARENT


@pytest.mark.parametrize("path", [path for path in PLACES if path])
def test_every_place_of_the_schema_has_a_type_a_description_and_bounds(path: str) -> None:
    node = PLACES[path]
    assert node["description"].endswith((".", "?"))
    kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
    if "integer" in kinds:
        assert {"minimum", "maximum"} <= node.keys()
    if "string" in kinds and not FREE.search(path):
        assert {"enum", "pattern"} & node.keys()
    if "array" in kinds:
        assert "items" in node
    if "object" in kinds and path != "global" and not OPEN.match(path):
        assert "additionalProperties" in node


def test_the_schema_refers_to_nothing_outside_itself() -> None:
    found = re.findall(r'"\$ref": "([^"]*)"', SCHEMA.read_text())
    assert found
    assert all(reference.startswith("#/definitions/") for reference in found)


@pytest.mark.parametrize("path", DISTINCT)
def test_an_unknown_key_is_refused_by_its_name(helm: str, path: str) -> None:
    with pytest.raises(RefusedError, match="misspelt"):
        template(helm, with_misspelt_key(path))


def test_every_mapping_of_the_values_is_closed_or_free() -> None:
    free = {path for path, value, _ in leaves() if value == {}}
    mappings = {path for path, node in PLACES.items() if node["type"] == "object"} - {"global"}
    mappings = {path for path in mappings if not SPELT_ELSEWHERE.fullmatch(path)}
    owned = {path for path in mappings if path.split("[")[0] not in free and not OPEN.match(path)}
    assert owned - {"affinity"} <= set(CLOSED)


def test_the_chart_is_a_dependency_of_another(helm: str, tmp_path: Path) -> None:
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "slipway").symlink_to(CHART)
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: fleet\nversion: 0.1.0\n")
    values = {"global": {"of": "the parent"}, "slipway": {**PRODUCTION, "enabled": True}}
    deployment = one(template(helm, values, release="fleet", chart=tmp_path), "Deployment")
    assert deployment["metadata"]["name"] == "fleet-slipway"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("", "0.1.0"), ("3f2a9c81d0be", "3f2a9c81d0be"), (202611250123, "202611250123"), (1.5, "1.5")],
)
def test_a_tag_may_look_like_a_number(helm: str, tag: str | float, expected: str) -> None:
    values = {**PRODUCTION, "image": {"tag": tag}}
    (container,) = one(template(helm, values), "Deployment")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"slipway:{expected}"


def test_a_tag_of_digits_may_be_set_in_the_command_line(helm: str) -> None:
    deployment = one(template(helm, PRODUCTION, sets=("image.tag=123456789012",)), "Deployment")
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "slipway:123456789012"


def test_a_digest_wins_over_the_tag(helm: str) -> None:
    digest = "sha256:" + "a" * 64
    deployment = one(template(helm, {**PRODUCTION, "image": {"tag": "1", "digest": digest}}), "Deployment")
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == f"slipway@{digest}"


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("config.environment=prod", "environment"),
        ("config.workers=0", "workers"),
        ("availability.drainSeconds=-1", "drainSeconds"),
        ("security.userId=10000", "userId"),
        ("security.groupId=10000", "groupId"),
        ("image.digest=sha256:1", "digest"),
        ("database.url=mysql://db/a", "url"),
        ("replicaCount=many", "replicaCount"),
    ],
)
def test_a_wrong_value_is_refused_by_its_place(helm: str, text: str, about: str) -> None:
    with pytest.raises(RefusedError, match=about):
        template(helm, PRODUCTION, sets=(text,))
