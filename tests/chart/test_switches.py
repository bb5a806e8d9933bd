"""Every switch is tried, alone in ci/ and in combinations with others."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chart.rendering import INSTALLED, RefusedError, by_identity, one, template
from tests.chart.scenarios import ALL, URL, merged
from tests.chart.schemas import is_custom, validate
from tests.chart.test_values import DEFAULTS, PLACES

# What goes through as it is: the API server's to refuse.
SPELT_AS_IN_KUBERNETES = re.compile(r"\[\]|\{\}|^autoscaling\.behavior\.")
# Of each choice, values that go together with every other choice, or are refused with a sentence of the chart's own.
CHOICES: dict[str, tuple[dict[str, Any], ...]] = {
    "secrets": (
        {"secrets": {"source": "generated"}},
        {"secrets": {"source": "existing", "existingSecret": "keys"}},
        {"secrets": ALL["fetched"]["secrets"]},
        {"secrets": ALL["mounted"]["secrets"]},
    ),
    "database": (
        {"database": {"url": URL}},
        {"database": {"url": URL, "existingSecret": {"name": "db"}}},
        {"database": {"existingSecret": {"name": "db", "holds": "url"}}},
        {"database": {"existingSecret": {"name": "db", "holds": "parts"}}},
        {},
    ),
    "environment": tuple({"config": {"environment": name}} for name in ("development", "staging", "production")),
    "migrations": tuple({"migrations": {"mode": mode}} for mode in ("job", "hook", "argocd", "init", "off")),
    "gitops": ({"gitops": False}, {"gitops": True}),
    "scaling": ({}, {"autoscaling": ALL["fetched"]["autoscaling"]}, {"autoscaling": ALL["mounted"]["autoscaling"]}),
    "vertical": ({}, *({"verticalAutoscaling": {"enabled": True, "updateMode": mode}} for mode in ("Off", "Initial"))),
    "redis": ({}, {"redis": {"url": "redis://redis:6379/0", "existingSecret": {"name": "redis"}}}),
    "ingress": ({}, {"ingress": ALL["everything"]["ingress"]}),
    "route": ({}, {key: ALL["routed"][key] for key in ("httpRoute", "certificate")}),
    "network": ({}, {"networkPolicy": ALL["closed"]["networkPolicy"]}),
    "metrics": ({}, *({"metrics": ALL[name]["metrics"]} for name in ("watched", "watched-otherwise"))),
    "account": ({}, {"serviceAccount": {"create": False}}),
    "stop": ({"availability": {"drainSeconds": 0}}, {"availability": {"drainSeconds": 15, "pdb": {"enabled": False}}}),
    "extensions": ({}, {key: value for key, value in ALL["extended"].items() if key not in ("database", "migrations")}),
}


def options() -> Iterator[tuple[str, Any]]:
    """Every place of the schema that is a switch or a choice, with each of its values."""
    for path, place in PLACES.items():
        if path == "enabled" or SPELT_AS_IN_KUBERNETES.search(path):
            continue
        if place["type"] == "boolean":
            yield from ((path, value) for value in (True, False))
        # A number of a few is a size, as any other number.
        yield from ((path, value) for value in place.get("enum", []) if isinstance(value, str))


def at(values: Any, path: str) -> Any:
    """What stands at the path."""
    for key in path.split("."):
        values = values[key]
    return values


@pytest.mark.parametrize(("path", "value"), list(options()), ids=str)
def test_every_switch_is_in_the_values_of_ci(path: str, value: Any) -> None:
    assert any(at(merged(DEFAULTS, values), path) == value for values in ALL.values())


@given(chosen=st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CHOICES.items()}))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_combination_is_valid_or_refused_in_a_sentence(chosen: dict[str, dict[str, Any]]) -> None:
    if not INSTALLED:
        pytest.skip("no helm on PATH")
    values: dict[str, Any] = {}
    for part in chosen.values():
        values = merged(values, part)
    try:
        documents = template(INSTALLED[0], values)
    except RefusedError as refusal:
        if "This release is refused: - " not in str(refusal):
            raise
        return
    by_identity(documents)
    assert one(documents, "Deployment")
    for document in documents:
        if not is_custom(document):
            validate(document, "1.34")
