"""Well-formed values that contradict each other: what is wrong, where, and the value to set."""

import re

import pytest

from tests.chart import contradictions, contradictions_outside
from tests.chart.contradictions import POD_FIELDS, TOO_OLD
from tests.chart.rendering import CHART, RefusedError, one, template
from tests.chart.scenarios import ALL, PRODUCTION

REFUSED = contradictions.REFUSED | contradictions_outside.REFUSED
ACCEPTED = contradictions.ACCEPTED | contradictions_outside.ACCEPTED


@pytest.mark.parametrize("case", REFUSED)
def test_a_contradiction_is_refused(helm: str, case: str) -> None:
    values, sentence = REFUSED[case]
    with pytest.raises(RefusedError) as refusal:
        template(helm, values)
    assert f"This release is refused: - {sentence}" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_only_looks_like_a_contradiction_is_accepted(helm: str, case: str) -> None:
    assert one(template(helm, ACCEPTED[case]), "Deployment")


@pytest.mark.parametrize("case", TOO_OLD)
def test_what_kubernetes_is_too_old_for_is_refused(helm: str, case: str) -> None:
    values, version, sentence = TOO_OLD[case]
    before = f"1.{int(version.removeprefix('1.')) - 1}"
    with pytest.raises(RefusedError) as refusal:
        template(helm, {**PRODUCTION, **values}, kube=before)
    assert f"This release is refused: - {sentence}" in str(refusal.value)
    assert template(helm, {**PRODUCTION, **values}, kube=version)


def test_every_sentence_about_what_is_refused_is_expected_here() -> None:
    """A sentence begins a line with a dash; each must be told by a case, and each `{{ … }}` may be anything."""
    texts = [path.read_text() for path in sorted((CHART / "templates").glob("_validations*.tpl"))]
    sentences = [line[2:] for text in texts for line in text.splitlines() if line.startswith("- ")]
    expected = [sentence for _, sentence in REFUSED.values()] + [sentence for *_, sentence in TOO_OLD.values()]
    untold = [sentence for sentence in sentences if not any(told(sentence, text) for text in expected)]
    assert [sentence for sentence in untold if not sentence.startswith("the name {{")] == []


def test_no_field_that_the_chart_writes_may_be_written_again(any_helm: str) -> None:
    written: set[str] = set()
    for values in ALL.values():
        spec = one(template(any_helm, values), "Deployment")["spec"]["template"]["spec"]
        written |= spec.keys() - values.get("podSpec", {}).keys()
    assert written | {"restartPolicy"} == set(POD_FIELDS)


def told(sentence: str, text: str) -> bool:
    pattern = ".*".join(map(re.escape, re.split(r"{{.*?}}", sentence)))
    return re.match(pattern, text) is not None


def test_a_name_that_no_service_can_have_is_refused(helm: str) -> None:
    with pytest.raises(RefusedError, match=r"the name 1st-slipway cannot be .*set fullnameOverride=slipway$|Use"):
        template(helm, PRODUCTION, release="1st")
    assert template(helm, {**PRODUCTION, "fullnameOverride": "first"}, release="1st")


def test_all_contradictions_are_told_at_once(helm: str) -> None:
    values = {"secrets": {"source": "existing"}, "autoscaling": {"enabled": True, "minReplicas": 11}}
    with pytest.raises(RefusedError) as refusal:
        template(helm, values)
    told = str(refusal.value)
    assert told.count(" - ") == 3
    assert all(name in told for name in ("database.url", "secrets.existingSecret", "autoscaling.minReplicas"))
