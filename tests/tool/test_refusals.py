import json
from pathlib import Path

import pytest

from scripts.analyzers.refusals import names_in, refusal_sentence

SCHEMA = json.loads((Path(__file__).parents[2] / "charts" / "slipway" / "values.schema.json").read_text())
HEAD = "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nslipway:\n"

# As helm 4.3 and 3.22 write it; the last one as helm 3.17 does.
RECORDED = {
    HEAD + "- at '': additional properties 'ingres' not allowed\n\n": (
        "ingres is not a value of this chart; did you mean ingress?"
    ),
    HEAD + "- at '/autoscaling': additional properties 'minReplicaz' not allowed\n\n": (
        "autoscaling.minReplicaz is not a value of this chart; did you mean minReplicas?"
    ),
    HEAD + "- at '': additional properties 'foo', 'xyzzy' not allowed\n\n": (
        "foo and xyzzy are not values of this chart."
    ),
    HEAD + "- at '/autoscaling/minReplicas': got string, want integer\n\n": (
        "The chart value autoscaling.minReplicas is not valid: got string, want integer."
    ),
    HEAD + "- at '/image/pullPolicy': value must be one of 'IfNotPresent', 'Always', 'Never'\n\n": (
        "The chart value image.pullPolicy is not valid: value must be one of 'IfNotPresent', 'Always', 'Never'."
    ),
    HEAD + "- (root): Additional property ingres is not allowed\n": (
        "ingres is not a value of this chart; did you mean ingress?"
    ),
}


@pytest.mark.parametrize("errors", RECORDED)
def test_schema_refusals_become_one_sentence(errors: str) -> None:
    assert refusal_sentence(errors, SCHEMA) == RECORDED[errors]


def test_other_refusals_keep_helms_words() -> None:
    errors = (
        'level=WARN msg="something"\nError: UPGRADE FAILED: template: slipway/templates/x.yaml:3: no such function\n'
    )
    assert refusal_sentence(errors, SCHEMA) == "template: slipway/templates/x.yaml:3: no such function."


def test_several_lines_are_joined() -> None:
    errors = "Error from server (NotFound): namespaces\nand more\n"
    assert refusal_sentence(errors, {}) == "Error from server (NotFound): namespaces and more."


def test_silence_is_said() -> None:
    assert refusal_sentence("", {}) == "It gave no reason."


def test_names_of_every_depth_are_known() -> None:
    assert {"autoscaling", "minReplicas", "pullPolicy"} <= names_in(SCHEMA)
