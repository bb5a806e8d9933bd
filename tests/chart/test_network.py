"""Who reaches the pods, the migration and the test, and whom they reach; everything else is refused."""

from typing import Any

import pytest

from tests.chart.network import Place, passes, pod_of
from tests.chart.rendering import Document, RefusedError, of_kind, one, template
from tests.chart.scenarios import CLOSED, EXTENDED, PRODUCTION

GATEWAY = Place("traefik", {"app": "traefik"})
PROMETHEUS = Place("monitoring", {"app": "prometheus"})
STRANGER = Place("elsewhere", {"app.kubernetes.io/name": "slipway", "app.kubernetes.io/component": "api"})
NEIGHBOUR = Place("slipway", {"app": "neighbour"})
DNS = Place("kube-system", {"k8s-app": "kube-dns"})
OUTSIDE = Place("", {}, "203.0.113.7")
NEAR = Place("", {}, "10.1.2.3")
HOOK: Document = {**CLOSED, "migrations": {"mode": "hook"}}


def closed(helm: str, **values: Any) -> list[Document]:
    return template(helm, {**CLOSED, "networkPolicy": {**CLOSED["networkPolicy"], **values}})


def test_there_is_no_policy_unless_asked_for(helm: str) -> None:
    assert of_kind(template(helm, PRODUCTION), "NetworkPolicy") == []


@pytest.mark.parametrize("values", [CLOSED, HOOK], ids=["job", "hook"])
def test_every_pod_of_the_release_is_closed_on_both_sides(helm: str, values: Document) -> None:
    documents = template(helm, values)
    for component in ("api", "migration", "test"):
        pod = pod_of(documents, component)
        for stranger in (STRANGER, NEIGHBOUR, OUTSIDE, Place("slipway", {"app.kubernetes.io/name": "slipway"})):
            assert not passes(documents, stranger, pod, 8000), (component, stranger)
            assert not passes(documents, stranger, pod, 9000), (component, stranger)
            assert not passes(documents, pod, stranger, 443), (component, stranger)


def test_gateways_reach_the_api_and_prometheus_the_admin_port_alone(helm: str) -> None:
    documents = template(helm, CLOSED)
    pod = pod_of(documents, "api")
    (container,) = one(documents, "Deployment")["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert passes(documents, GATEWAY, pod, ports["http"])
    assert passes(documents, PROMETHEUS, pod, ports["admin"])
    assert not passes(documents, GATEWAY, pod, ports["admin"])
    assert not passes(documents, PROMETHEUS, pod, ports["http"])


def test_the_test_reaches_the_service_and_nothing_else(helm: str) -> None:
    documents = template(helm, CLOSED)
    test, pod = pod_of(documents, "test"), pod_of(documents, "api")
    assert passes(documents, test, pod, 8000)
    assert passes(documents, test, pod, 9000)
    assert not passes(documents, test, OUTSIDE, 5432)
    without = template(helm, {**CLOSED, "tests": {"enabled": False}})
    assert not passes(without, test, pod, 8000)
    assert len(of_kind(without, "NetworkPolicy")) == 2


@pytest.mark.parametrize("component", ["api", "migration", "test"])
@pytest.mark.parametrize("protocol", ["TCP", "UDP"])
def test_every_pod_resolves_names_by_either_protocol(helm: str, component: str, protocol: str) -> None:
    documents = template(helm, CLOSED)
    assert passes(documents, pod_of(documents, component), DNS, 53, protocol)


@pytest.mark.parametrize(("component", "redis"), [("api", True), ("migration", False)])
def test_the_stores_are_reached_by_who_needs_them(helm: str, component: str, *, redis: bool) -> None:
    documents = template(helm, CLOSED)
    pod = pod_of(documents, component)
    assert passes(documents, pod, OUTSIDE, 5432)
    assert passes(documents, pod, OUTSIDE, 6379) is redis
    assert not passes(documents, pod, OUTSIDE, 5433)


@pytest.mark.parametrize(
    ("url", "given", "port"),
    [
        ("postgresql://a@db.example.com/a", 0, 5432),
        ("postgresql://a@db.example.com:6543/a", 0, 6543),
        ("postgresql://a@[2001:db8::1]/a", 0, 5432),
        ("postgresql://a@[2001:db8::1]:6543/a", 0, 6543),
        ("postgresql://a@db.example.com:6543/a", 7654, 7654),
    ],
)
def test_the_port_of_a_store_is_that_of_its_address_unless_another_is_given(
    helm: str, url: str, given: int, port: int
) -> None:
    values = {"database": {"url": url}, "networkPolicy": {"enabled": True, "database": {"port": given}}}
    documents = template(helm, values)
    reached = {each for each in (5432, 6543, 7654) if passes(documents, pod_of(documents, "api"), OUTSIDE, each)}
    assert reached == {port}


def test_a_store_may_be_narrowed_to_where_it_is(helm: str) -> None:
    peers = [{"ipBlock": {"cidr": "10.0.0.0/8"}}]
    documents = closed(helm, database={"peers": peers}, redis={"peers": [{"podSelector": {}}]})
    for component in ("api", "migration"):
        assert passes(documents, pod_of(documents, component), NEAR, 5432)
        assert not passes(documents, pod_of(documents, component), OUTSIDE, 5432)
    assert passes(documents, pod_of(documents, "api"), NEIGHBOUR, 6379)
    assert not passes(documents, pod_of(documents, "api"), NEAR, 6379)


def test_more_may_be_let_in_and_out(helm: str) -> None:
    ports = [{"port": 4318, "protocol": "TCP"}]
    extra = {"extraIngress": [{"from": [{"podSelector": {"matchLabels": NEIGHBOUR.labels}}]}]}
    documents = closed(helm, **extra, extraEgress=[{"ports": ports}])
    pod = pod_of(documents, "api")
    assert passes(documents, NEIGHBOUR, pod, 8000)
    assert passes(documents, pod, OUTSIDE, 4318)
    assert not passes(documents, pod_of(documents, "migration"), OUTSIDE, 4318)


def test_the_migration_of_a_hook_is_closed_before_it_runs(helm: str) -> None:
    documents = template(helm, HOOK)
    (policy,) = [each for each in of_kind(documents, "NetworkPolicy") if each["metadata"]["name"] == "slipway-migrate"]
    hook, job = (each["metadata"]["annotations"] for each in (policy, one(documents, "Job")))
    assert hook["helm.sh/hook"] == job["helm.sh/hook"]
    assert int(hook["helm.sh/hook-weight"]) < int(job["helm.sh/hook-weight"])


def test_the_migration_of_argo_cd_is_closed_before_it_runs(helm: str) -> None:
    documents = template(helm, {**CLOSED, "migrations": {"mode": "argocd"}})
    (policy,) = [each for each in of_kind(documents, "NetworkPolicy") if each["metadata"]["name"] == "slipway-migrate"]
    wave = "argocd.argoproj.io/sync-wave"
    before, job = (each["metadata"]["annotations"][wave] for each in (policy, one(documents, "Job")))
    assert int(before) < int(job)


def test_a_migration_in_the_pod_needs_no_policy_of_its_own(helm: str) -> None:
    documents = template(helm, {**CLOSED, "migrations": {"mode": "init"}})
    assert {each["metadata"]["name"] for each in of_kind(documents, "NetworkPolicy")} == {"slipway", "slipway-test"}
    assert passes(documents, pod_of(documents, "api"), OUTSIDE, 5432)


def test_a_database_whose_address_is_a_secret_is_reached_at_its_usual_port_or_the_one_given(any_helm: str) -> None:
    for port, reached in ((0, 5432), (6543, 6543)):
        network = {"enabled": True, "database": {"port": port}}
        documents = template(any_helm, {**EXTENDED, "networkPolicy": network})
        open_to = {each for each in (5432, 6543) if passes(documents, pod_of(documents, "api"), OUTSIDE, each)}
        assert open_to == {reached}


def test_a_file_as_database_needs_no_way_out(helm: str) -> None:
    values = {"config": {"environment": "development"}, "replicaCount": 1, "networkPolicy": {"enabled": True}}
    documents = template(helm, values)
    assert not passes(documents, pod_of(documents, "api"), OUTSIDE, 5432)
    assert not [each for each in of_kind(documents, "NetworkPolicy") if each["metadata"]["name"] == "slipway-migrate"]


@pytest.mark.parametrize(
    "values",
    [{"gateways": ["Traefik"]}, {"extraEgress": [{"to": [{"podSelectors": {}}]}]}, {"extraIngress": [{"from": [{}]}]}],
)
def test_a_policy_that_the_cluster_would_refuse_is_refused(any_helm: str, values: Document) -> None:
    with pytest.raises(RefusedError, match="networkPolicy"):
        closed(any_helm, **values)
