"""The dashboard: made by its generator, for any release of any Prometheus, and about what the service tells."""

import json
import re

import pytest

from tests.chart.dashboard import FILE, dashboard
from tests.chart.queries import queries
from tests.chart.rendering import Document, of_kind, template
from tests.chart.scenarios import EXISTING, WATCHED
from tests.chart.series import unknown

MADE: Document = json.loads(FILE.read_text())
PANELS = [panel for panel in MADE["panels"] if panel["type"] != "row"]


def config_maps(helm: str, values: Document) -> list[Document]:
    found = of_kind(template(helm, values), "ConfigMap")
    return [each for each in found if each["metadata"]["name"] == "slipway-dashboard"]


def test_the_file_is_what_the_generator_makes() -> None:
    assert FILE.read_text() == dashboard(), "run python -m tests.chart.dashboard"


def test_grafana_s_sidecar_is_given_the_file_as_it_is(helm: str) -> None:
    (found,) = config_maps(helm, WATCHED)
    assert found["data"] == {"slipway.json": FILE.read_text()}
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert found["metadata"]["annotations"] == {"grafana_folder": "Services"}
    assert len(found["data"]["slipway.json"].encode()) < 1024**2
    assert config_maps(helm, EXISTING) == []


def test_another_sidecar_looks_for_another_label(helm: str) -> None:
    other = {
        "enabled": True,
        "label": "example.com/dashboard",
        "labelValue": "yes",
        "folderAnnotation": "example.com/in",
    }
    (found,) = config_maps(helm, {**EXISTING, "metrics": {"dashboard": {**other, "folder": "A: b"}}})
    assert found["metadata"]["labels"]["example.com/dashboard"] == "yes"
    assert found["metadata"]["annotations"] == {"example.com/in": "A: b"}
    (found,) = config_maps(helm, {**EXISTING, "metrics": {"dashboard": other}})
    assert "annotations" not in found["metadata"]


def test_the_data_source_is_chosen_in_grafana() -> None:
    variables = {variable["name"]: variable for variable in MADE["templating"]["list"]}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    asked = [variables["namespace"], variables["job"], *PANELS]
    asked += [target for panel in PANELS for target in panel["targets"]]
    assert {json.dumps(each["datasource"]) for each in asked} == {'{"type": "prometheus", "uid": "${datasource}"}'}


def test_every_query_is_about_the_chosen_release_alone() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            selectors = re.findall(r"\{(.*?)\}", target["expr"])
            assert selectors
            assert all(selector.startswith('namespace="$namespace",job="$job"') for selector in selectors)


def test_every_panel_has_a_title_a_unit_and_a_place_of_its_own() -> None:
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    taken = [
        (x, y)
        for place in [panel["gridPos"] for panel in MADE["panels"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in PANELS)


@pytest.mark.parametrize("name", queries("a", "b"))
def test_a_query_asks_for_nothing_but_what_is_told(name: str, exported: dict[str, set[str]]) -> None:
    assert unknown(queries("a", "b")[name], exported) == []


def test_a_legend_names_labels_that_its_query_keeps() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert re.search(rf"by \([^)]*\b{label}\b", target["expr"]), panel["title"]


def test_what_is_exported_and_shown_nowhere_is_known(exported: dict[str, set[str]]) -> None:
    """A metric that nobody looks at is found here when it is added."""
    told = {name for name in exported if name.startswith("slipway_")}
    shown = {name for name in told if any(name in query for query in queries("a", "b").values())}
    assert told - shown == {f"slipway_database_slot_wait_seconds_{part}" for part in ("count", "sum")}
