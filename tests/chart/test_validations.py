"""Well-formed values that contradict each other: what is wrong, where, and the value to set."""

from typing import Any

import pytest

from tests.chart.rendering import RefusedError, one, template
from tests.chart.scenarios import PRODUCTION, ROUTED, TRIAL, URL

SCALED = {"autoscaling": {"enabled": True, "minReplicas": 1, "maxReplicas": 2}}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no database in production": (
        {},
        (
            "database.url is empty, so the data would be lost with each pod; set "
            "database.url=postgresql://user@host:5432/name, or, to try it out, config.environment=development with "
            "replicaCount=1 and autoscaling.enabled=false"
        ),
    ),
    "a secret among the settings": (
        {**PRODUCTION, "config": {"extraSettings": {"admin_token": "a"}}},
        (
            "config.extraSettings names admin_token, which is a secret; put it into a Secret, and its name into "
            "secrets, database.existingSecret or redis.existingSecret"
        ),
    ),
    "a setting that has a value of its own": (
        {**PRODUCTION, "config": {"extraSettings": {"log_level": "debug"}}},
        "config.extraSettings names log_level, which the chart sets from a value of its own; take it out",
    ),
    "no database in staging": ({"config": {"environment": "staging"}}, "database.url is empty, so the data"),
    "SQLite in production": (
        {"database": {"url": "sqlite:////tmp/a.db"}, "replicaCount": 1},
        (
            "database.url is SQLite, whose file is lost with each pod; in production set "
            "database.url=postgresql://user@host:5432/name"
        ),
    ),
    "no database for two replicas": (
        {**TRIAL, "replicaCount": 2},
        (
            "database.url is empty, which means SQLite, and 2 replicas would each have their own file; set "
            "replicaCount=1 and autoscaling.enabled=false, or database.url=postgresql://user@host:5432/name"
        ),
    ),
    "SQLite for two replicas": (
        {**TRIAL, "database": {"url": "sqlite:////tmp/a.db"}, "replicaCount": 2},
        "database.url is SQLite, and 2 replicas would each have their own file; set",
    ),
    "SQLite with autoscaling": (
        {**TRIAL, **SCALED},
        "database.url is empty, which means SQLite, and 2 replicas would each have their own file; set",
    ),
    "the development database in production": (
        {"database": {"url": "postgresql://slipway@postgres:5432/slipway"}},
        (
            "database.url names the development database postgres in production; set the full name of the "
            "production host, or config.environment=development"
        ),
    ),
    "localhost in production": (
        {"database": {"url": "postgresql://slipway@localhost/slipway"}},
        "database.url names the development database localhost in production",
    ),
    "an existing Secret beside a generated one": (
        {**PRODUCTION, "secrets": {"existingSecret": "keys"}},
        (
            "secrets.existingSecret is set and secrets.source is generated, so it would be ignored; set "
            "secrets.source=existing, or leave secrets.existingSecret empty"
        ),
    ),
    "no existing Secret": (
        {**PRODUCTION, "secrets": {"source": "existing"}},
        (
            "secrets.source is existing and no Secret is named; set secrets.existingSecret to the one that holds "
            "the signing key"
        ),
    ),
    "a password in the database's address": (
        {"database": {"url": "postgresql://app:hunter2@db.example.com/app"}},
        (
            "database.url holds a password, which everybody can read who may read the release; take it out, put it "
            "into a Secret and set database.existingSecret.name to that"
        ),
    ),
    "a password in the address of Redis": (
        {**PRODUCTION, "redis": {"url": "redis://:hunter2@redis:6379/0"}},
        (
            "redis.url holds a password, which everybody can read who may read the release; take it out, put it "
            "into a Secret and set redis.existingSecret.name to that"
        ),
    ),
    "fewest above most": (
        {**PRODUCTION, "autoscaling": {"enabled": True, "minReplicas": 5, "maxReplicas": 3}},
        "autoscaling.minReplicas (5) is more than autoscaling.maxReplicas (3); set autoscaling.minReplicas=3 or less",
    ),
    "autoscaling by nothing": (
        {**PRODUCTION, "autoscaling": {"enabled": True, "cpuUtilization": 0}},
        "autoscaling.enabled is true and looks at nothing; set autoscaling.cpuUtilization=80",
    ),
    "the class of the Ingress twice": (
        {
            **PRODUCTION,
            "ingress": {
                "enabled": True,
                "className": "traefik",
                "annotations": {"kubernetes.io/ingress.class": "nginx"},
            },
        },
        (
            "ingress.className (traefik) and the annotation kubernetes.io/ingress.class (nginx) are both set, which "
            "Kubernetes refuses; take the annotation out of ingress.annotations"
        ),
    ),
    "a route without a Gateway": (
        {**PRODUCTION, "httpRoute": {"enabled": True}},
        (
            "httpRoute.enabled is true and no Gateway is named, so nobody would serve it; set "
            "httpRoute.parentRefs[0].name to the Gateway's name, and .namespace where it is in another one"
        ),
    ),
    "a certificate of nobody": (
        {**PRODUCTION, "certificate": {"enabled": True, "dnsNames": ["a.example.com"]}},
        "certificate.enabled is true and nobody is named to issue it; set certificate.issuerRef.name",
    ),
    "a certificate for nothing": (
        {**PRODUCTION, "ingress": {"enabled": True}, "certificate": {"enabled": True, "issuerRef": {"name": "a"}}},
        (
            "certificate.enabled is true and there is no name to issue it for; set certificate.dnsNames, or "
            "ingress.hosts, or httpRoute.hostnames"
        ),
    ),
    "two certificates for one Secret": (
        {**ROUTED, "ingress": {"enabled": True, "annotations": {"cert-manager.io/issuer": "a"}}},
        (
            "certificate.enabled is true and ingress.annotations names cert-manager.io/issuer, which makes a second "
            "certificate; take one of them out"
        ),
    ),
    "an Ingress whose controller is not let in": (
        {**PRODUCTION, "ingress": {"enabled": True}, "networkPolicy": {"enabled": True}},
        (
            "networkPolicy.enabled is true and nobody from outside is let in, though there is an Ingress or HTTPRoute; "
            "set networkPolicy.gateways to the namespaces of the controllers that serve it"
        ),
    ),
    "a monitor whose Prometheus is not let in": (
        {
            **PRODUCTION,
            "networkPolicy": {"enabled": True, "prometheus": []},
            "metrics": {"monitor": {"mode": "always"}},
        },
        (
            "networkPolicy.enabled is true and Prometheus is not let in, though there is a monitor; set "
            "networkPolicy.prometheus to its namespace"
        ),
    ),
    "a budget that no load can use up so fast": (
        {**PRODUCTION, "metrics": {"rules": {"slo": {"latency": 90}}}},
        (
            "metrics.rules.slo.latency (90) with the factor 14.4 of the window 1h means 144 % of all requests, which "
            "is never exceeded; raise the objective, or lower the factor in metrics.rules.slo.windows"
        ),
    ),
    "a label that selects": (
        {**PRODUCTION, "podLabels": {"app.kubernetes.io/component": "web"}},
        "podLabels names app.kubernetes.io/component, by which the release finds its own pods; take it out",
    ),
    "an annotation of the chart": (
        {**PRODUCTION, "podAnnotations": {"checksum/config": "none"}},
        "podAnnotations names checksum/config, which the chart sets to restart pods; take it out",
    ),
}
ACCEPTED: dict[str, dict[str, Any]] = {
    "one replica without a database in development": TRIAL,
    "no autoscaling, whatever its bounds": {**PRODUCTION, "autoscaling": {"minReplicas": 5, "maxReplicas": 3}},
    "the development database in development": {
        "config": {"environment": "development"},
        "database": {"url": "postgresql://slipway@postgres:5432/slipway"},
    },
    "a user without a password": {"database": {"url": URL}},
    "a colon in the path": {"database": {"url": f"{URL}?options=a:b@c"}},
    "the class as annotation alone": {
        **PRODUCTION,
        "ingress": {"enabled": True, "annotations": {"kubernetes.io/ingress.class": "nginx"}},
    },
    "a controller that is let in otherwise": {
        **PRODUCTION,
        "ingress": {"enabled": True},
        "networkPolicy": {"enabled": True, "extraIngress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
    },
    "memory alone": {
        **PRODUCTION,
        "autoscaling": {"enabled": True, "cpuUtilization": 0, "memoryUtilization": 70},
    },
}


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
