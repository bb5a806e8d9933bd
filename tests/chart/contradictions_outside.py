"""Contradictions in how the service is reached from outside and watched, each with the sentence that says so."""

from typing import Any

from tests.chart.scenarios import PRODUCTION, ROUTED

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
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
}
ACCEPTED: dict[str, dict[str, Any]] = {
    "a controller that is let in otherwise": {
        **PRODUCTION,
        "ingress": {"enabled": True},
        "networkPolicy": {"enabled": True, "extraIngress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
    },
}
