"""Recording rules and alerts: complete, about what the service tells, and raised when they should be and only then."""

import itertools
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.platform.metrics import BUCKETS
from tests.chart.alerts import FIRING, QUIET, Case
from tests.chart.rendering import ROOT, Document, RefusedError, of_kind, one, template
from tests.chart.scenarios import EXISTING, WATCHED, WATCHED_OTHERWISE
from tests.chart.series import unknown
from tests.chart.values_table import SCHEMA

RUNBOOKS = ROOT / "docs" / "runbooks"
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]
Raised = Callable[[str, Case], bool]
BURNS = {"SlipwayErrorBudgetBurn", "SlipwayLatencyBudgetBurn"}


def groups(helm: str, values: Document = WATCHED, **rules: Any) -> Document:
    metrics = values["metrics"]
    changed = {**values, "metrics": {**metrics, "rules": {**metrics["rules"], **rules}}}
    found: Document = one(template(helm, changed), "PrometheusRule")["spec"]
    return found


def rules_of(helm: str, key: str, **rules: Any) -> list[Document]:
    return [rule for group in groups(helm, **rules)["groups"] for rule in group["rules"] if key in rule]


def names(alerts: list[Document]) -> set[str]:
    return {alert["alert"] for alert in alerts}


def test_rules_are_made_where_they_are_wanted_and_known(helm: str) -> None:
    rule = "monitoring.coreos.com/v1/PrometheusRule"
    made = {
        (mode, apis): bool(of_kind(template(helm, with_mode(mode), apis=apis), "PrometheusRule"))
        for mode in ("auto", "always", "never")
        for apis in ((), (rule,))
    }
    assert {case for case, found in made.items() if found} == {("auto", (rule,)), ("always", ()), ("always", (rule,))}


def with_mode(mode: str) -> Document:
    return {**EXISTING, "metrics": {"rules": {"mode": mode}}}


def test_a_prometheus_without_the_operator_gets_the_same_rules_as_a_file(helm: str) -> None:
    found = of_kind(template(helm, WATCHED_OTHERWISE), "ConfigMap")
    (file,) = [each["data"]["rules.yaml"] for each in found if each["metadata"]["name"] == "slipway-rules"]
    assert (
        yaml.safe_load(file)
        == one(template(helm, {**EXISTING, "metrics": {"rules": {"mode": "always"}}}), "PrometheusRule")["spec"]
    )


def test_every_alert_says_what_to_do(helm: str) -> None:
    for alert in rules_of(helm, "alert", runbooks="https://example.com/runbooks/"):
        told = alert["annotations"]
        assert told.keys() == {"summary", "description", "runbook_url"}
        assert told["summary"].endswith(".")
        assert told["description"].endswith(".")
        assert told["runbook_url"] == f"https://example.com/runbooks/{alert['alert']}.md"
        assert alert["labels"]["severity"] in ("critical", "warning", "info")
        assert alert["labels"]["team"] == "cargo"


def test_every_alert_has_a_runbook_and_every_runbook_an_alert(any_helm: str) -> None:
    assert names(rules_of(any_helm, "alert")) == {path.stem for path in RUNBOOKS.glob("*")}


def test_an_alert_points_to_its_runbook_in_this_repository(any_helm: str) -> None:
    for alert in rules_of(any_helm, "alert"):
        assert (ROOT / alert["annotations"]["runbook_url"]).is_file()


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*")), ids=lambda path: path.stem)
def test_a_runbook_has_every_part_and_links_that_lead_somewhere(path: Path) -> None:
    title, *parts = re.split(r"^## ", path.read_text(), flags=re.MULTILINE)
    assert title.strip() == f"# {path.stem}"
    told = dict(part.split("\n", 1) for part in parts)
    assert list(told) == HEADINGS
    assert all(len(text.split()) >= 8 for text in told.values())
    assert all((RUNBOOKS / name).is_file() for name in re.findall(r"\]\(([^)]+)\)", path.read_text()))


def test_the_schema_names_every_alert(any_helm: str) -> None:
    of_metrics = json.loads(SCHEMA.read_text())["properties"]["metrics"]["properties"]
    assert set(of_metrics["rules"]["properties"]["without"]["items"]["enum"]) == names(rules_of(any_helm, "alert"))


def test_every_alert_can_be_left_out(any_helm: str) -> None:
    every = names(rules_of(any_helm, "alert"))
    for name in every:
        assert names(rules_of(any_helm, "alert", without=[name])) == every - {name}
    with pytest.raises(RefusedError, match="without"):
        rules_of(any_helm, "alert", without=["SlipwayDwon"])


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"redis": {"url": ""}}, "SlipwayRedisAway"),
        ({"autoscaling": {"enabled": False}}, "SlipwayAtMaxReplicas"),
        ({"autoscaling": {"enabled": True, "minReplicas": 4, "maxReplicas": 4}}, "SlipwayAtMaxReplicas"),
        ({"migrations": {"mode": "off"}}, "SlipwayMigrationFailed"),
        ({"config": {"workers": 2}}, "SlipwayRestarting"),
    ],
)
def test_an_alert_about_what_the_release_has_not_is_not_there(any_helm: str, values: Document, missing: str) -> None:
    found = [rule for group in groups(any_helm, {**WATCHED, **values})["groups"] for rule in group["rules"]]
    assert {rule["alert"] for rule in found if "alert" in rule} == FIRING.keys() - {missing}


def test_rules_ask_for_nothing_but_what_is_told(any_helm: str, exported: dict[str, set[str]]) -> None:
    rules = [rule for group in groups(any_helm)["groups"] for rule in group["rules"]]
    assert {rule["expr"]: unknown(rule["expr"], exported) for rule in rules if unknown(rule["expr"], exported)} == {}


def test_rules_look_at_this_release_alone(any_helm: str) -> None:
    for rule in rules_of(any_helm, "expr"):
        selectors = re.findall(r"\w\{(.*?)\}", re.sub(r"\(-\[0-9a-f\]\+\)\?", "", rule["expr"]))
        assert selectors
        assert all('namespace="slipway"' in selector for selector in selectors)


@pytest.mark.parametrize(("seconds", "bound"), [(0.05, "0.05"), (1, "1.0"), (2.5, "2.5")])
def test_slow_is_slower_than_a_bound_of_the_histogram(helm: str, seconds: float, bound: str) -> None:
    slo = {"latencySeconds": seconds}
    assert all(
        f'le="{bound}"' in rule["expr"] for rule in rules_of(helm, "record", slo=slo) if "slow" in rule["record"]
    )
    choices = json.loads(SCHEMA.read_text())["properties"]["metrics"]["properties"]["rules"]["properties"]["slo"]
    assert set(choices["properties"]["latencySeconds"]["enum"]) <= set(BUCKETS)


def test_objectives_and_windows_are_values(helm: str) -> None:
    window = {"long": "2h", "short": "10m", "factor": 7.5, "for": "3m", "severity": "info"}
    slo = {"availability": 99.5, "windows": [window]}
    recorded = [rule["record"].removeprefix("slipway:http_requests:") for rule in rules_of(helm, "record", slo=slo)]
    assert recorded == [f"{kind}_ratio_rate{span}" for span in ("2h", "10m") for kind in ("error", "slow")]
    (alert,) = [each for each in rules_of(helm, "alert", slo=slo) if each["alert"] == "SlipwayErrorBudgetBurn"]
    assert alert["expr"].count("> 7.5 * 0.005") == 2
    assert (alert["for"], alert["labels"]["severity"]) == ("3m", "info")
    assert not BURNS & names(rules_of(helm, "alert", slo={"windows": []}))


def check(promtool: str, *arguments: str) -> None:
    done = subprocess.run([promtool, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_rules(helm: str, promtool: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(groups(helm)))
    check(promtool, "check", "rules", str(file))


def test_every_alert_is_tried(any_helm: str) -> None:
    assert FIRING.keys() == QUIET.keys() == names(rules_of(any_helm, "alert"))


@pytest.fixture
def raised(any_helm: str, promtool: str, tmp_path: Path) -> Raised:
    """Whether a case raises the alert: promtool is told to expect none, and says where there is one."""

    def of(name: str, case: Case) -> bool:
        rules = [rule for rule in rules_of(any_helm, "expr") if rule.get("alert", name) == name]
        none = {"eval_time": f"{case.minutes}m", "alertname": name, "exp_alerts": []}
        series = [{"series": each, "values": values} for each, values in case.series.items()]
        test = {"interval": "1m", "input_series": series, "alert_rule_test": [none]}
        file = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
        (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))
        (tmp_path / "test.yaml").write_text(yaml.safe_dump(file))
        command = [promtool, "test", "rules", "test.yaml"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        told = done.stdout + done.stderr
        assert done.returncode == 0 or f"alertname: {name}, time" in told, told
        return done.returncode != 0

    return of


TRIALS = [
    pytest.param(name, case, fires, id=f"{name} {'comes' if fires else 'stays away'} {number}")
    for fires, cases in ((True, FIRING), (False, QUIET))
    for name in cases
    for number, case in zip(itertools.count(1), cases[name], strict=False)
]


@pytest.mark.parametrize(("name", "case", "expected"), TRIALS)
def test_an_alert_is_raised_when_it_should_be_and_only_then(
    raised: Raised, name: str, case: Case, *, expected: bool
) -> None:
    assert raised(name, case) is expected
