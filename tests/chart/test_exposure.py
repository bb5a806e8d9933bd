"""Service, Ingress, the test pod and the notes."""

from typing import Any

from tests.chart.api_server import serving
from tests.chart.rendering import CHART, DEVELOPMENT, Document, of_kind, one, run, template
from tests.chart.scenarios import EVERYTHING, PRODUCTION


def ingress(helm: str, **values: Any) -> Document:
    documents = template(helm, {**PRODUCTION, "ingress": {"enabled": True, **values}})
    found: Document = one(documents, "Ingress")["spec"]
    return found


def notes(helm: str, *options: str, kinds: tuple[str, ...] = ()) -> str:
    """What Helm tells after an install."""
    with serving(kinds=kinds) as address:
        where = ("--dry-run=server", f"--kube-apiserver={address}", "--disable-openapi-validation")
        text = run(helm, "install", "slipway", str(CHART), "--namespace=slipway", *where, *options)
    return text.partition("NOTES:\n")[2]


def test_there_is_no_ingress_unless_asked_for(helm: str) -> None:
    assert of_kind(template(helm, PRODUCTION), "Ingress") == []


def test_an_ingress_names_no_class_of_its_own(helm: str) -> None:
    assert "ingressClassName" not in ingress(helm)
    assert ingress(helm, className="traefik")["ingressClassName"] == "traefik"


def test_an_ingress_without_hosts_takes_every_host(helm: str) -> None:
    (rule,) = ingress(helm)["rules"]
    assert "host" not in rule
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/", "Prefix")
    assert path["backend"] == {"service": {"name": "slipway", "port": {"name": "http"}}}


def test_an_ingress_has_a_rule_for_each_host(helm: str) -> None:
    rules = ingress(helm, hosts=["a.example.com", "*.example.org"])["rules"]
    assert [rule["host"] for rule in rules] == ["a.example.com", "*.example.org"]
    assert all(rule["http"] == rules[0]["http"] for rule in rules)


def test_an_ingress_has_its_certificates(helm: str) -> None:
    spec = one(template(helm, EVERYTHING), "Ingress")["spec"]
    assert spec["tls"] == [{"secretName": "a-tls", "hosts": ["a.example.com"]}]


def test_the_test_uses_the_release_as_a_client_does(helm: str) -> None:
    documents = template(helm, {**PRODUCTION, "service": {"port": 8080}})
    pod = one(documents, "Pod")
    (container,) = pod["spec"]["containers"]
    command, address, *options = container["args"]
    assert (command, address) == ("check", "http://slipway:8080")
    assert options == ["--patience=30", "--reached=/tmp/reached", "--admin=http://slipway-test.slipway:9000"]
    assert container["readinessProbe"]["exec"]["command"] == ["test", "-f", "/tmp/reached"]
    deployment = one(documents, "Deployment")
    assert container["image"] == deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    assert "env" not in container
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"


def test_the_test_finds_the_admin_port_of_a_pod_by_a_name_that_is_made_before_it(helm: str) -> None:
    services = {each["metadata"]["name"]: each for each in of_kind(template(helm, PRODUCTION), "Service")}
    assert services.keys() == {"slipway", "slipway-test"}
    found = services["slipway-test"]
    assert found["spec"]["selector"] == services["slipway"]["spec"]["selector"]
    assert (found["spec"]["clusterIP"], found["spec"]["ports"][0]["port"]) == ("None", 9000)
    assert found["metadata"]["annotations"]["helm.sh/hook"] == "test"
    assert int(found["metadata"]["annotations"]["helm.sh/hook-weight"]) < 0
    without = template(helm, {**PRODUCTION, "tests": {"enabled": False}})
    assert one(without, "Service")["metadata"]["name"] == "slipway"


def test_the_notes_tell_the_address_and_the_next_commands(helm: str) -> None:
    told = notes(helm, f"--values={DEVELOPMENT}")
    assert "http://slipway.slipway:80" in told
    assert "every host name of the Ingress controller, path /" in told
    assert "helm --namespace slipway test slipway --logs" in told
    assert "component=migration" in told
    assert "lost with the pod" not in told


def test_the_notes_tell_the_names_from_outside(helm: str) -> None:
    sets = ("ingress.hosts={a.example.com,b.example.com}", "ingress.tls[0].secretName=a")
    told = notes(helm, f"--values={DEVELOPMENT}", *(f"--set={text}" for text in sets))
    assert "https://a.example.com/" in told
    assert "https://b.example.com/" in told


def test_the_notes_tell_the_gateway_and_that_cert_manager_ends_in_https(helm: str) -> None:
    route = "httpRoute.enabled=true,httpRoute.parentRefs[0].name=public,httpRoute.hostnames={b.example.com}"
    certificate = "certificate.enabled=true,certificate.issuerRef.name=letters,ingress.hosts={a.example.com}"
    sets = (f"--set={route}", f"--set={certificate}")
    told = notes(helm, f"--values={DEVELOPMENT}", *sets, kinds=("Certificate", "HTTPRoute"))
    assert "by the Gateway       slipway/public, for b.example.com" in told
    assert "https://a.example.com/" in told


def test_the_notes_warn_of_a_database_that_is_lost(helm: str) -> None:
    told = notes(helm, "--set=config.environment=development,replicaCount=1")
    assert "lost with the pod" in told
    assert "component=migration" not in told


def test_the_notes_tell_how_to_migrate_by_hand(helm: str) -> None:
    told = notes(helm, f"--values={DEVELOPMENT}", "--set=migrations.mode=off")
    assert "exec deployment/slipway --container slipway -- python -m service migrate" in told


def test_the_notes_tell_no_secret(helm: str) -> None:
    told = notes(helm, f"--values={DEVELOPMENT}")
    assert "signing" not in told
    assert "password" not in told.lower()
