"""Every switch is tried, alone in ci/ and in combinations with others."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chart.contradictions import fetching, with_objects
from tests.chart.pairs import Pair, of_row, pairs, rows
from tests.chart.rendering import INSTALLED, Document, RefusedError, by_identity, one, template
from tests.chart.scenarios import ALL, URL, merged
from tests.chart.schemas import is_custom, validate
from tests.chart.test_values import DEFAULTS, PLACES

# What goes through as it is: the API server's to refuse.
SPELT_AS_IN_KUBERNETES = re.compile(r"\[\]|\{\}|^autoscaling\.behavior\.")
# The choices of each part, which go together with those of another, or are refused with a sentence of the chart's own.
# The first of each go together.
CHOICES: dict[str, tuple[dict[str, Any], ...]] = {
    "secrets": (
        {"secrets": {"source": "existing", "existingSecret": "keys"}},
        {"secrets": {"source": "generated"}},
        {"secrets": fetching({"signing_key": {"key": "a"}})},
        {"secrets": with_objects({"signing_key": {"path": "a"}})["secrets"]},
    ),
    "database": (
        {"database": {"url": URL}},
        {"database": {"url": URL, "existingSecret": {"name": "db"}}},
        {"database": {"existingSecret": {"name": "db", "holds": "url"}}},
        {"database": {"existingSecret": {"name": "db", "holds": "parts"}}},
        {"replicaCount": 1},
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

SIZES = {part: len(choices) for part, choices in CHOICES.items()}
# What has no database of its own must have none of these.
HELD = ("environment", "scaling")
# The pairs that are refused, and how the sentence begins; all others are valid together.
BY_THE_PROVIDER = "existingSecret.name is set and secrets.source is csi"
NO_DATABASE = "database.url is empty"
REQUESTS = "verticalAutoscaling.updateMode is Initial and autoscaling counts in percent"
REFUSED: dict[Pair, str] = {
    **{frozenset({("secrets", 3), ("database", number)}): f"database.{BY_THE_PROVIDER}" for number in (1, 2, 3)},
    frozenset({("secrets", 3), ("redis", 1)}): f"redis.{BY_THE_PROVIDER}",
    frozenset({("secrets", 1), ("migrations", 2)}): "migrations.mode is argocd and secrets.source is generated",
    frozenset({("secrets", 1), ("gitops", 1)}): "gitops is true and secrets.source is generated",
    **{frozenset({("database", 4), (part, number)}): NO_DATABASE for part, number in product(HELD, (1, 2))},
    **{frozenset({("scaling", number), ("vertical", 2)}): REQUESTS for number in (1, 2)},
}
ROWS = rows(SIZES, REFUSED)


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


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_pair_of_choices_that_is_not_refused_is_valid(any_helm: str, row: dict[str, int]) -> None:
    hold_valid(template(any_helm, values_of(row)))


def test_every_pair_of_choices_is_in_a_row_or_refused() -> None:
    tried = set().union(*map(of_row, ROWS))
    assert tried | REFUSED.keys() == set(pairs(SIZES))
    assert not tried & REFUSED.keys()


@pytest.mark.parametrize("pair", REFUSED, ids=lambda pair: str(sorted(pair)))
def test_a_pair_of_choices_is_refused_in_its_sentence(any_helm: str, pair: Pair) -> None:
    with pytest.raises(RefusedError) as refusal:
        template(any_helm, values_of(dict(sorted(pair))))
    assert f"This release is refused: - {REFUSED[pair]}" in str(refusal.value)


@given(chosen=st.fixed_dictionaries({part: st.integers(0, size - 1) for part, size in SIZES.items()}))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_combination_is_valid_or_refused_in_a_sentence(chosen: dict[str, int]) -> None:
    if not INSTALLED:
        pytest.skip("no helm on PATH")
    try:
        documents = template(INSTALLED[0], values_of(chosen))
    except RefusedError as refusal:
        if "This release is refused: - " not in str(refusal):
            raise
        return
    hold_valid(documents)


def values_of(row: dict[str, int]) -> dict[str, Any]:
    """The values of these choices, and of the first of every other part."""
    values: dict[str, Any] = {}
    for part, choices in CHOICES.items():
        values = merged(values, choices[row.get(part, 0)])
    return values


def hold_valid(documents: list[Document]) -> None:
    by_identity(documents)
    assert one(documents, "Deployment")
    for document in documents:
        if not is_custom(document):
            validate(document, "1.34")
