"""Objects that operators act on are as the operators' own definitions say."""

import pytest

from tests.chart import definitions
from tests.chart.rendering import built_in, identity, one, template
from tests.chart.scenarios import ALL

PLACES = [
    ("routed", "Certificate"),
    ("routed", "HTTPRoute"),
    ("watched", "PodMonitor"),
    ("watched", "PrometheusRule"),
    ("watched otherwise", "ServiceMonitor"),
]


@pytest.mark.parametrize(("scenario", "kind"), PLACES)
def test_an_object_is_as_its_definition_says(helm: str, scenario: str, kind: str) -> None:
    definitions.validate(one(template(helm, ALL[scenario]), kind))


def test_every_kind_of_an_operator_is_held_against_its_definition(any_helm: str) -> None:
    found = set()
    for values in ALL.values():
        documents = template(any_helm, values)
        known = {identity(document) for document in built_in(documents)}
        found |= {document["kind"] for document in documents if identity(document) not in known}
    assert found == {kind for _, kind in PLACES}
