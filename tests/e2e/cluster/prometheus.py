"""The cluster's own Prometheus, asked by way of the API server."""

import json
from dataclasses import dataclass
from typing import Any

from tests.e2e.cluster.kube import Kube


@dataclass(frozen=True)
class Prometheus:
    """That of k8s/monitoring, in the release's namespace."""

    kube: Kube

    def _get(self, what: str, **query: str) -> Any:
        """The data of an answer of the HTTP API; nothing where it does not answer."""
        api = self.kube.api
        path = f"/api/v1/namespaces/{self.kube.namespace}/services/prometheus:http/proxy/{what}"
        asked = api.param_serialize("GET", path, query_params=list(query.items()), auth_settings=["BearerToken"])
        answer: Any = api.call_api(*asked)
        body = answer.read()
        return json.loads(body)["data"] if answer.status == 200 else None

    def answers(self) -> bool:
        """Whether it is there and can be asked."""
        return self.query("vector(1)") != []

    def query(self, query: str) -> list[Any]:
        """The series that a query has now."""
        data = self._get("api/v1/query", query=query)
        return list(data["result"]) if data else []

    def rules(self) -> list[Any]:
        """Every rule that it evaluates, with its health."""
        data = self._get("api/v1/rules")
        return [rule for group in data["groups"] for rule in group["rules"]] if data else []

    def targets(self) -> dict[str, str]:
        """Health of what it reads, by the pod's name."""
        data = self._get("api/v1/targets", state="active")
        return {each["labels"]["pod"]: each["health"] for each in data["activeTargets"]} if data else {}

    def alertmanagers(self) -> list[str]:
        """Whom it tells of alerts."""
        data = self._get("api/v1/alertmanagers")
        return [each["url"] for each in data["activeAlertmanagers"]] if data else []
