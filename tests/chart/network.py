"""What NetworkPolicies let pass, as the API defines it: a pod that none selects is open, else what some rule names."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from tests.chart.rendering import Document, of_kind, pods


class Place(NamedTuple):
    """A pod, or an address outside where there is no namespace."""

    namespace: str
    labels: dict[str, str]
    address: str = "203.0.113.7"


def pod_of(documents: list[Document], component: str) -> Place:
    """The release's pod of a component."""
    for _, pod in pods(documents):
        labels = pod["metadata"]["labels"]
        if labels["app.kubernetes.io/component"] == component:
            return Place("slipway", labels)
    raise AssertionError(f"no pod of {component}")


def passes(documents: list[Document], source: Place, target: Place, port: int, protocol: str = "TCP") -> bool:
    """Whether the source may open a connection to the target: the one may leave, the other let it in."""
    policies = of_kind(documents, "NetworkPolicy")
    ways = ((source, "Egress", "to", target), (target, "Ingress", "from", source))
    return all(_open(policies, pod, side, key, other, port, protocol) for pod, side, key, other in ways)


def _open(  # noqa: PLR0917 - one way, whole
    policies: list[Document], pod: Place, side: str, key: str, other: Place, port: int, protocol: str
) -> bool:
    chosen = [each for each in policies if _applies(each, pod) and side in each["spec"]["policyTypes"]]
    rules = [rule for policy in chosen for rule in policy["spec"].get(side.lower(), [])]
    return not chosen or any(_named(rule.get(key), other) and _at(rule.get("ports"), port, protocol) for rule in rules)


def _applies(policy: Document, pod: Place) -> bool:
    here = policy["metadata"]["namespace"] == pod.namespace
    return here and _selects(policy["spec"]["podSelector"], pod.labels)


def _named(peers: list[Any] | None, other: Place) -> bool:
    return not peers or any(_is(peer, other) for peer in peers)


def _is(peer: Document, other: Place) -> bool:
    if "ipBlock" in peer:
        return not other.namespace and ip_address(other.address) in ip_network(peer["ipBlock"]["cidr"])
    space = {"kubernetes.io/metadata.name": other.namespace}
    inside = _selects(peer["namespaceSelector"], space) if "namespaceSelector" in peer else other.namespace == "slipway"
    return bool(other.namespace) and inside and _selects(peer.get("podSelector", {}), other.labels)


def _selects(selector: Document, labels: dict[str, str]) -> bool:
    return selector.get("matchLabels", {}).items() <= labels.items() and all(_meets(selector, labels))


def _meets(selector: Document, labels: dict[str, str]) -> Iterator[bool]:
    for condition in selector.get("matchExpressions", []):
        assert condition["operator"] == "In", "no other operator is used"
        yield labels.get(condition["key"]) in condition["values"]


def _at(ports: list[Any] | None, port: int, protocol: str) -> bool:
    return not ports or any(each["port"] == port and each["protocol"] == protocol for each in ports)
