"""The way in through a Gateway, and the certificate that cert-manager keeps for either way."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.chart.rendering import Document, RefusedError, of_kind, one, service_of, template
from tests.chart.scenarios import PRODUCTION, ROUTED
from tests.chart.test_exposure import ingress

PARENT = {"name": "public", "namespace": "gateways", "sectionName": "https"}
SERVICE = {"name": "slipway", "port": 80}
REDIRECT = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}
HEADER = {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": [{"name": "x-a", "value": "b"}]}}
API = {"path": {"type": "PathPrefix", "value": "/api"}}
ELSEWHERE = {"name": "canary", "port": 80, "weight": 10}
# What is written, and what becomes of it.
RULES: dict[str, tuple[Document, Document]] = {
    "nothing": ({}, {"backendRefs": [SERVICE]}),
    "no match": ({"filters": [HEADER]}, {"filters": [HEADER], "backendRefs": [SERVICE]}),
    "a redirect alone": ({"filters": [REDIRECT]}, {"filters": [REDIRECT]}),
    "a redirect of some": ({"matches": [API], "filters": [REDIRECT]}, {"matches": [API], "filters": [REDIRECT]}),
    "a match": ({"matches": [API]}, {"matches": [API], "backendRefs": [SERVICE]}),
    "two matches": (
        {"matches": [API, {"method": "GET"}]},
        {"matches": [API, {"method": "GET"}], "backendRefs": [SERVICE]},
    ),
    "timeouts": ({"timeouts": {"request": "10s"}}, {"timeouts": {"request": "10s"}, "backendRefs": [SERVICE]}),
    "its own backends": ({"backendRefs": [SERVICE, ELSEWHERE]}, {"backendRefs": [SERVICE, ELSEWHERE]}),
    "no backend": ({"backendRefs": []}, {"backendRefs": []}),
}


def route(helm: str, **values: Any) -> Document:
    return one(
        template(helm, {**PRODUCTION, "httpRoute": {"enabled": True, "parentRefs": [PARENT], **values}}), "HTTPRoute"
    )


def certificate(helm: str, **values: Any) -> Document:
    wanted = {"enabled": True, "issuerRef": {"name": "letters"}, **values}
    found: Document = one(template(helm, {**PRODUCTION, **ROUTED, "certificate": wanted}), "Certificate")["spec"]
    return found


def test_there_is_no_route_unless_asked_for(helm: str) -> None:
    assert of_kind(template(helm, PRODUCTION), "HTTPRoute") == []


def test_a_route_of_no_rules_sends_everything_to_the_service(helm: str) -> None:
    document = route(helm, annotations={"example.com/a": "b"})
    assert document["metadata"]["annotations"] == {"example.com/a": "b"}
    assert document["spec"] == {"parentRefs": [PARENT], "rules": [{"backendRefs": [SERVICE]}]}


@pytest.mark.parametrize("case", RULES)
def test_a_rule_of_any_shape_stays_what_it_is(helm: str, case: str) -> None:
    written, expected = RULES[case]
    document = route(helm, hostnames=["a.example.com"], rules=[written, {}])
    assert document["spec"]["rules"] == [expected, {"backendRefs": [SERVICE]}]
    assert document["spec"]["hostnames"] == ["a.example.com"]


@pytest.mark.parametrize("case", RULES)
def test_a_rule_is_as_the_gateway_api_says(any_helm: str, hold: Callable[[Document], None], case: str) -> None:
    hold(route(any_helm, rules=[RULES[case][0]]))


def test_a_route_goes_to_the_port_of_the_service(helm: str) -> None:
    values = {**PRODUCTION, "service": {"port": 8080}, "httpRoute": {"enabled": True, "parentRefs": [PARENT]}}
    documents = template(helm, values)
    (port,) = service_of(documents)["spec"]["ports"]
    (rule,) = one(documents, "HTTPRoute")["spec"]["rules"]
    assert rule["backendRefs"] == [{"name": service_of(documents)["metadata"]["name"], "port": port["port"]}]


@pytest.mark.parametrize(
    ("rule", "about"),
    [
        ({"match": []}, "match"),
        ({"filters": [{"type": "Redirect"}]}, "type"),
        ({"timeouts": {"request": "ten"}}, "request"),
    ],
)
def test_a_rule_that_no_gateway_could_take_is_refused_by_its_place(any_helm: str, rule: Document, about: str) -> None:
    with pytest.raises(RefusedError, match=about):
        route(any_helm, rules=[rule])


def test_an_ingress_and_a_route_live_side_by_side(helm: str) -> None:
    documents = template(helm, ROUTED)
    (backend,) = one(documents, "HTTPRoute")["spec"]["rules"][0]["backendRefs"]
    (rule, *_) = one(documents, "Ingress")["spec"]["rules"]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == backend["name"]


def test_a_certificate_is_for_every_name_from_outside(helm: str) -> None:
    spec = certificate(helm)
    assert spec["dnsNames"] == ["a.example.com", "b.example.com"]
    assert spec["issuerRef"] == {"name": "letters", "kind": "ClusterIssuer", "group": "cert-manager.io"}
    assert certificate(helm, dnsNames=["*.example.com"])["dnsNames"] == ["*.example.com"]


@pytest.mark.parametrize(("name", "expected"), [("", "slipway-tls"), ("kept", "kept")])
def test_the_ingress_uses_the_certificate(helm: str, name: str, expected: str) -> None:
    values = {"enabled": True, "issuerRef": {"name": "letters"}, "secretName": name}
    documents = template(helm, {**PRODUCTION, **ROUTED, "certificate": values})
    spec = one(documents, "Certificate")["spec"]
    assert spec["secretName"] == expected
    assert one(documents, "Ingress")["spec"]["tls"] == [{"secretName": expected, "hosts": spec["dnsNames"]}]


def test_certificates_that_are_named_win(any_helm: str) -> None:
    named = [{"secretName": "mine", "hosts": ["a.example.com"]}]
    values = {**ROUTED, "ingress": {**ROUTED["ingress"], "tls": named}}
    assert one(template(any_helm, values), "Ingress")["spec"]["tls"] == named


def test_an_issuer_may_be_named_in_an_annotation_instead(helm: str) -> None:
    named = {"cert-manager.io/cluster-issuer": "letters"}
    spec = ingress(helm, annotations=named, tls=[{"secretName": "a", "hosts": ["a.example.com"]}])
    assert spec["tls"] == [{"secretName": "a", "hosts": ["a.example.com"]}]
    assert (
        of_kind(template(helm, {**PRODUCTION, "ingress": {"enabled": True, "annotations": named}}), "Certificate") == []
    )
