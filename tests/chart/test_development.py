"""The development profile: what the kind cluster runs, on two cores."""

from tests.chart.rendering import DEVELOPMENT, Document, of_kind, one, pods, settings_of, template


def rendered(helm: str) -> list[Document]:
    return template(helm, files=(DEVELOPMENT,))


def test_it_uses_the_stores_beside_it(helm: str) -> None:
    documents = rendered(helm)
    data = settings_of(documents)
    assert data["SLIPWAY_ENVIRONMENT"] == "development"
    assert data["SLIPWAY_DATABASE_URL"] == "postgresql://slipway@postgres:5432/slipway"
    assert data["SLIPWAY_REDIS_URL"] == "redis://valkey:6379/0"
    spec = one(documents, "Deployment")["spec"]["template"]["spec"]
    sources = next(volume for volume in spec["volumes"] if volume["name"] == "secrets")["projected"]["sources"]
    assert {source["secret"]["name"] for source in sources} == {"slipway", "postgres"}


def test_every_host_reaches_it_by_traefik(helm: str) -> None:
    spec = one(rendered(helm), "Ingress")["spec"]
    assert spec["ingressClassName"] == "traefik"
    assert [rule.get("host") for rule in spec["rules"]] == [None]


def test_two_to_four_replicas_by_cpu(helm: str) -> None:
    documents = rendered(helm)
    spec = one(documents, "HorizontalPodAutoscaler")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 4)
    assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 200
    assert of_kind(documents, "PodDisruptionBudget")


def test_the_most_replicas_and_one_more_fit_on_two_cores(helm: str) -> None:
    def cpu(pod: Document) -> int:
        requests = [container["resources"]["requests"]["cpu"] for container in pod["spec"]["containers"]]
        return sum(int(text.removesuffix("m")) for text in requests)

    asked = {name.split("/")[0]: cpu(pod) for name, pod in pods(rendered(helm))}
    beside = 1030  # Kubernetes on one kind node, and what k8s/ asks for
    assert 5 * asked["Deployment"] + asked["Job"] + asked["Pod"] + beside <= 2000
