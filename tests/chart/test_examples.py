"""What surrounds a release in production by example, and no volume of the chart's own that an upgrade could empty."""

import pytest
import yaml

from tests.chart.rendering import ROOT, Document, files, of_kind, one, pods, template
from tests.chart.scenarios import ALL
from tests.chart.schemas import is_custom, validate
from tests.chart.values_table import PROFILES

EXAMPLES = ROOT / "k8s" / "examples"
VALUES = sorted(EXAMPLES.glob("*/values.yaml"))
OF_THE_GATEWAY_API = {"ListenerSet", "BackendTLSPolicy"}
IMAGE = {"image": {"digest": "sha256:" + "d" * 64}}


def rendered(helm: str, example: str) -> list[Document]:
    """Production with the stores of an example."""
    return template(helm, IMAGE, files=(PROFILES["prod"], EXAMPLES / example / "values.yaml"))


@pytest.mark.parametrize("example", [path.parent.name for path in VALUES])
def test_production_with_an_example_s_stores_is_valid(helm: str, example: str) -> None:
    documents = rendered(helm, example)
    assert of_kind(documents, "Secret") == []
    for document in documents:
        if not is_custom(document) and document["kind"] not in OF_THE_GATEWAY_API:
            validate(document, "1.34")


def test_the_release_uses_what_cloudnativepg_makes(helm: str) -> None:
    cluster = yaml.safe_load((EXAMPLES / "cloudnative-pg" / "cluster.yaml").read_text())
    name = cluster["metadata"]["name"]
    documents = rendered(helm, "cloudnative-pg")
    taken = files(one(documents, "Deployment")["spec"]["template"])
    # The operator names the owner's Secret after the cluster, and has a key for each part of the address.
    keys = {"host": "host", "port": "port", "user": "username", "name": "dbname", "password": "password"}
    assert {taken[f"database_{part}"] for part in keys} == {(f"{name}-app", key) for key in keys.values()}
    (policy,) = [each for each in of_kind(documents, "NetworkPolicy") if each["metadata"]["name"] == "slipway"]
    assert {"podSelector": {"matchLabels": {"cnpg.io/cluster": name}}} in [
        peer for rule in policy["spec"]["egress"] for peer in rule.get("to", [])
    ]


def test_the_connections_of_every_replica_fit_into_the_example_s_database(helm: str) -> None:
    cluster = yaml.safe_load((EXAMPLES / "cloudnative-pg" / "cluster.yaml").read_text())
    documents = rendered(helm, "cloudnative-pg")
    replicas = one(documents, "HorizontalPodAutoscaler")["spec"]["maxReplicas"] + 1
    pool = yaml.safe_load((ROOT / "charts" / "slipway" / "values.yaml").read_text())["config"]["poolSize"]
    assert replicas * (pool + 1) < int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])


def test_stores_outside_are_reached_where_they_are_and_nowhere_else(helm: str) -> None:
    documents = rendered(helm, "external")
    (policy,) = [each for each in of_kind(documents, "NetworkPolicy") if each["metadata"]["name"] == "slipway"]
    ways = {
        (rule["ports"][0]["port"], peer["ipBlock"]["cidr"])
        for rule in policy["spec"]["egress"]
        for peer in rule.get("to", [])
        if "ipBlock" in peer
    }
    assert ways == {(5432, "10.20.0.0/24"), (6380, "10.20.1.0/24")}


def test_a_route_uses_listeners_of_its_own_and_tls_ends_in_the_pod(helm: str) -> None:
    documents = {(each["kind"], each["metadata"]["name"]): each for each in rendered(helm, "gateway")}
    (parent,) = documents["HTTPRoute", "slipway"]["spec"]["parentRefs"]
    listeners = documents[parent["kind"], parent["name"]]["spec"]["listeners"]
    (listener,) = [each for each in listeners if each["name"] == parent["sectionName"]]
    certificate = documents["Certificate", "slipway"]["spec"]
    assert listener["tls"]["certificateRefs"] == [{"name": certificate["secretName"]}]
    assert certificate["dnsNames"] == [listener["hostname"]]
    (backend,) = documents["HTTPRoute", "slipway"]["spec"]["rules"][0]["backendRefs"]
    service = documents["Service", backend["name"]]["spec"]
    assert service["selector"] == documents["Service", "slipway"]["spec"]["selector"]
    (target,) = documents["BackendTLSPolicy", "slipway-tls"]["spec"]["targetRefs"]
    assert (target["kind"], target["name"]) == ("Service", backend["name"])
    (port,) = service["ports"]
    pod = documents["Deployment", "slipway"]["spec"]["template"]["spec"]
    opened = {each["name"]: each["containerPort"] for container in pod["containers"] for each in container["ports"]}
    assert (port["port"], port["targetPort"]) == (backend["port"], "tls")
    assert opened["tls"] == 8443


@pytest.mark.parametrize("scenario", ALL)
def test_the_chart_owns_no_volume(any_helm: str, scenario: str) -> None:
    documents = template(any_helm, ALL[scenario])
    kinds = {document["kind"] for document in documents}
    assert not kinds & {"PersistentVolumeClaim", "PersistentVolume", "StatefulSet"}
    own = [volume for _, pod in pods(documents) for volume in pod["spec"]["volumes"]]
    assert not [volume for volume in own if "persistentVolumeClaim" in volume or "ephemeral" in volume]
