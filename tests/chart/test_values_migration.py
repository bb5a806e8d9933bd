"""Values of a chart that `helm create` made are brought to this one by `slipway values`, and render."""

from pathlib import Path

import pytest
import yaml

from scripts.analyzers.values_migration import migrate
from scripts.analyzers.values_moves import HELM_CREATE
from tests.chart.rendering import Document, of_kind, one, run, template
from tests.chart.scenarios import PRODUCTION
from tests.chart.test_values import DEFAULTS

# As its user had it, and as it is here.
OWN: Document = {
    "image": {"repository": "registry.example.com/shop", "tag": "2.1.0"},
    "imagePullSecrets": [{"name": "registry"}],
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "hosts": [{"host": "shop.example.com", "paths": [{"path": "/shop", "pathType": "Exact"}]}],
        "tls": [{"secretName": "shop-tls", "hosts": ["shop.example.com"]}],
    },
    "autoscaling": {"enabled": True, "minReplicas": 3, "maxReplicas": 9, "targetCPUUtilizationPercentage": 70},
    "volumes": [{"name": "more", "emptyDir": {}}],
    "volumeMounts": [{"name": "more", "mountPath": "/more"}],
    "securityContext": {"runAsNonRoot": True},
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "shop", "operator": "Exists"}],
}
GOLDEN: Document = {
    "image": {"repository": "registry.example.com/shop", "tag": "2.1.0", "pullSecrets": ["registry"]},
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "hosts": ["shop.example.com"],
        "path": "/shop",
        "pathType": "Exact",
        "tls": [{"secretName": "shop-tls", "hosts": ["shop.example.com"]}],
    },
    "autoscaling": {"enabled": True, "minReplicas": 3, "maxReplicas": 9, "cpuUtilization": 70},
    "extraVolumes": [{"name": "more", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "shop", "operator": "Exists"}],
}


def test_a_user_s_values_go_to_their_places() -> None:
    found = migrate(OWN, HELM_CREATE, DEFAULTS)
    assert found.values == GOLDEN
    assert found.left_out == (
        "securityContext is left out: every container keeps the restricted standard; see security",
    )
    assert found.unknown == ()


def test_the_values_of_a_new_chart_render_here(helm: str, tmp_path: Path) -> None:
    run(helm, "create", str(tmp_path / "shop"))
    theirs = yaml.safe_load((tmp_path / "shop" / "values.yaml").read_text())
    found = migrate(theirs, HELM_CREATE, DEFAULTS)
    assert found.unknown == ()
    assert [sentence.partition(" ")[0] for sentence in found.left_out] == [
        "livenessProbe",
        "readinessProbe",
        "serviceAccount.automount",
    ]
    stores = {key: PRODUCTION[key] for key in ("database",)}
    documents = template(helm, {**found.values, **stores, "image": {"repository": "slipway"}})
    assert one(documents, "Deployment")["spec"]["replicas"] == theirs["replicaCount"]
    assert of_kind(documents, "Ingress") == []


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"replicas": 2}, "replicas is unknown to this chart; is it replicaCount?"),
        ({"config": {"loglevel": "info"}}, "config.loglevel is unknown to this chart; is it config.logLevel?"),
        ({"config": 1}, "config is unknown to this chart"),
        ({"image": {"tag": {"a": 1}}}, "image.tag.a is unknown to this chart; is it image.tag?"),
    ],
)
def test_what_nobody_knows_is_told_and_left_out(values: Document, told: str) -> None:
    found = migrate(values, HELM_CREATE, DEFAULTS)
    assert found.values == {}
    assert len(found.unknown) == 1
    assert found.unknown[0].startswith(told)


def test_what_is_free_here_is_kept_whatever_is_in_it() -> None:
    values = {"podAnnotations": {"example.com/a": "b"}, "affinity": {"nodeAffinity": {"a": [1]}}}
    assert migrate(values, HELM_CREATE, DEFAULTS).values == values
