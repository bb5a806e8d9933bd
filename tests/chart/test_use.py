"""Every value changes the release: none is read by nobody."""

from typing import Any

import pytest

from tests.chart.rendering import RefusedError, of_kind, template
from tests.chart.scenarios import EXISTING, PRODUCTION
from tests.chart.values_table import leaves

MONITORED = {"metrics": {"monitor": {"mode": "always"}}}
RULED = {"metrics": {"rules": {"mode": "always"}}}
SHOWN = {"metrics": {"dashboard": {"enabled": True}}}
ROUTED = {"httpRoute": {"enabled": True, "parentRefs": [{"name": "a"}]}}
CERTIFIED = {"certificate": {"enabled": True, "issuerRef": {"name": "a"}, "dnsNames": ["a.example.com"]}}
CLOSED = {"networkPolicy": {"enabled": True}}
WITH_REDIS = {**CLOSED, "redis": {"url": "redis://redis:6379/0"}}
DIGEST = "sha256:" + "b" * 64
FETCHING: dict[str, Any] = {
    "secrets": {
        "source": "externalSecret",
        "externalSecret": {"store": "vault", "data": {"signing_key": {"key": "a"}}},
    }
}
MOUNTING: dict[str, Any] = {
    "database": {"url": "postgresql://app@db.example.com/app", "existingSecret": {"name": ""}},
    "secrets": {
        "source": "csi",
        "csi": {"parameters": {"roleName": "a"}, "objects": {"signing_key": {"path": "a", "key": "b"}}},
    },
}
IN_PARTS = {"database": {"existingSecret": {"name": "db", "holds": "parts"}}}
INGRESS = {"ingress": {"enabled": True}}
SCALED = {"autoscaling": {"enabled": True}}
KEDA: dict[str, Any] = {
    "autoscaling": {
        "enabled": True,
        "engine": "keda",
        "keda": {"prometheus": {"address": "http://prometheus:9090", "query": "a"}},
    }
}
VERTICAL = {"verticalAutoscaling": {"enabled": True}}
# Path: another value than the default, and the values that it needs beside it.
OTHERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "nameOverride": ("other", {}),
    "fullnameOverride": ("other", {}),
    "namespaceOverride": ("other", {}),
    "gitops": (True, {}),
    "image.repository": ("other", {}),
    "image.tag": ("2", {}),
    "image.digest": (DIGEST, {}),
    "image.requireDigest": (True, {}),
    "image.pullPolicy": ("Always", {}),
    "image.pullSecrets": (["registry"], {}),
    "config.environment": ("staging", {}),
    "config.logLevel": ("debug", {}),
    "config.logFormat": ("text", {}),
    "config.corsOrigins": (["https://a.example.com"], {}),
    "config.allowedHosts": (["a.example.com"], {}),
    "config.requireHttps": (True, {}),
    "config.forwardedAllowIps": ("10.0.0.0/8", {}),
    "config.rateLimit": ("5/second", {}),
    "config.loginRateLimit": ("", {}),
    "config.tokenSeconds": (60, {}),
    "config.defaultVersion": (2, {}),
    "config.v1Sunset": ("2028-01-31", {}),
    "config.cacheSeconds": (0, {}),
    "config.sockets.perUser": (1, {}),
    "config.sockets.queue": (1, {}),
    "config.sockets.history": (1, {}),
    "config.faults": (True, {}),
    "config.workers": (2, {}),
    "config.poolSize": (6, {}),
    "config.extraSettings": ({"socket_rate": "5/second"}, {}),
    "secrets.source": ("generated", {}),
    "secrets.existingSecret": ("other", {}),
    "secrets.keys.signingKey": ("other", {}),
    "secrets.keys.previousSigningKey": ("other", {}),
    "secrets.keys.adminToken": ("other", {}),
    "secrets.externalSecret.store": ("other", FETCHING),
    "secrets.externalSecret.storeKind": ("ClusterSecretStore", FETCHING),
    "secrets.externalSecret.refreshInterval": ("1h", FETCHING),
    "secrets.externalSecret.data": ({"signing_key": {"key": "b"}}, FETCHING),
    "secrets.csi.provider": ("aws", MOUNTING),
    "secrets.csi.parameters": ({"roleName": "b"}, MOUNTING),
    "secrets.csi.objects": ({"signing_key": {"path": "b"}}, MOUNTING),
    "secrets.reloader": (True, {}),
    "secrets.revision": ("2", {}),
    "database.existingSecret.holds": ("parts", {"database": {"existingSecret": {"name": "db", "holds": "url"}}}),
    "database.existingSecret.keys.url": ("other", {"database": {"existingSecret": {"name": "db", "holds": "url"}}}),
    "database.existingSecret.keys.host": ("other", IN_PARTS),
    "database.existingSecret.keys.port": ("other", IN_PARTS),
    "database.existingSecret.keys.user": ("other", IN_PARTS),
    "database.existingSecret.keys.name": ("other", IN_PARTS),
    "database.url": ("postgresql://a@b.example.com/c", {}),
    "database.existingSecret.name": ("other", {}),
    "database.existingSecret.key": ("other", {}),
    "redis.url": ("redis://redis:6379/0", {}),
    "redis.existingSecret.name": ("other", {}),
    "redis.existingSecret.key": ("other", {"redis": {"existingSecret": {"name": "redis"}}}),
    "migrations.mode": ("hook", {}),
    "migrations.ttlSeconds": (3600, {}),
    "migrations.backoffLimit": (4, {}),
    "migrations.activeDeadlineSeconds": (700, {}),
    "migrations.waitSeconds": (61, {}),
    "service.type": ("NodePort", {}),
    "service.port": (8080, {}),
    "service.trafficDistribution": ("PreferClose", {}),
    "service.annotations": ({"a": "b"}, {}),
    "ingress.enabled": (True, {}),
    "ingress.className": ("other", INGRESS),
    "ingress.annotations": ({"a": "b"}, INGRESS),
    "ingress.hosts": (["a.example.com"], INGRESS),
    "ingress.path": ("/a", INGRESS),
    "ingress.pathType": ("Exact", INGRESS),
    "ingress.tls": ([{"secretName": "a"}], INGRESS),
    "httpRoute.enabled": (True, {"httpRoute": {"parentRefs": [{"name": "a"}]}}),
    "httpRoute.annotations": ({"a": "b"}, ROUTED),
    "httpRoute.parentRefs": ([{"name": "b"}], ROUTED),
    "httpRoute.hostnames": (["a.example.com"], ROUTED),
    "httpRoute.rules": ([{"timeouts": {"request": "1s"}}], ROUTED),
    "certificate.enabled": (True, {"certificate": {"issuerRef": {"name": "a"}, "dnsNames": ["a.example.com"]}}),
    "certificate.issuerRef.name": ("b", CERTIFIED),
    "certificate.issuerRef.kind": ("Issuer", CERTIFIED),
    "certificate.issuerRef.group": ("example.com", CERTIFIED),
    "certificate.dnsNames": (["b.example.com"], CERTIFIED),
    "certificate.secretName": ("b", CERTIFIED),
    "autoscaling.enabled": (True, {}),
    "autoscaling.engine": ("keda", SCALED),
    "autoscaling.containerOnly": (True, SCALED),
    "autoscaling.pods": ([{"name": "a", "averageValue": "1"}], SCALED),
    "autoscaling.external": ([{"name": "a", "value": "1"}], SCALED),
    "autoscaling.preset": ("quick", SCALED),
    "autoscaling.tolerance": ("0.05", SCALED),
    "autoscaling.keda.pollingSeconds": (31, KEDA),
    "autoscaling.keda.prometheus.address": ("http://other:9090", KEDA),
    "autoscaling.keda.prometheus.query": ("b", KEDA),
    "autoscaling.keda.prometheus.threshold": ("101", KEDA),
    "autoscaling.keda.triggers": ([{"type": "cron"}], KEDA),
    "verticalAutoscaling.enabled": (True, {}),
    "verticalAutoscaling.updateMode": ("Initial", VERTICAL),
    "verticalAutoscaling.controlledValues": ("RequestsOnly", VERTICAL),
    "verticalAutoscaling.minAllowed": ({"cpu": "1m"}, VERTICAL),
    "verticalAutoscaling.maxAllowed": ({"cpu": "1"}, VERTICAL),
    "autoscaling.minReplicas": (3, SCALED),
    "autoscaling.maxReplicas": (11, SCALED),
    "autoscaling.cpuUtilization": (70, SCALED),
    "autoscaling.memoryUtilization": (70, SCALED),
    "autoscaling.behavior": ({"scaleUp": {"stabilizationWindowSeconds": 1}}, SCALED),
    "replicaCount": (3, {}),
    "availability.drainSeconds": (11, {}),
    "availability.minReadySeconds": (6, {}),
    "availability.pdb.enabled": (False, {}),
    "availability.topologySpread": ([], {}),
    "security.userId": (10002, {}),
    "security.groupId": (10002, {}),
    "security.tmpSizeLimit": ("65Mi", {}),
    "security.hostUsers": (False, {}),
    "resizePolicy": ([{"resourceName": "cpu", "restartPolicy": "NotRequired"}], {}),
    "podResources": ({"limits": {"memory": "1Gi"}}, {}),
    "serviceAccount.create": (False, {}),
    "serviceAccount.name": ("other", {}),
    "serviceAccount.annotations": ({"a": "b"}, {}),
    "networkPolicy.enabled": (True, {}),
    "networkPolicy.gateways": (["a"], CLOSED),
    "networkPolicy.prometheus": (["a"], CLOSED),
    "networkPolicy.database.port": (1, CLOSED),
    "networkPolicy.database.peers": ([{"ipBlock": {"cidr": "10.0.0.0/8"}}], CLOSED),
    "networkPolicy.redis.port": (1, WITH_REDIS),
    "networkPolicy.redis.peers": ([{"podSelector": {}}], WITH_REDIS),
    "networkPolicy.extraIngress": ([{}], CLOSED),
    "networkPolicy.extraEgress": ([{}], CLOSED),
    "metrics.monitor.mode": ("always", {}),
    "metrics.monitor.kind": ("ServiceMonitor", MONITORED),
    "metrics.monitor.labels": ({"a": "b"}, MONITORED),
    "metrics.monitor.interval": ("10s", MONITORED),
    "metrics.monitor.sampleLimit": (0, MONITORED),
    "metrics.monitor.labelLimit": (0, MONITORED),
    "metrics.monitor.relabelings": ([{"action": "labeldrop", "regex": "a"}], MONITORED),
    "metrics.monitor.metricRelabelings": ([{"action": "labeldrop", "regex": "a"}], MONITORED),
    "metrics.rules.mode": ("always", {}),
    "metrics.rules.kind": ("ConfigMap", {}),
    "metrics.rules.labels": ({"a": "b"}, RULED),
    "metrics.rules.alertLabels": ({"a": "b"}, RULED),
    "metrics.rules.runbooks": ("https://example.com/runbooks/", RULED),
    "metrics.rules.without": (["SlipwayDown"], RULED),
    "metrics.rules.slo.availability": (99, RULED),
    "metrics.rules.slo.latency": (98, RULED),
    "metrics.rules.slo.latencySeconds": (1, RULED),
    "metrics.rules.slo.windows": ([], RULED),
    "metrics.rules.thresholds.loopLagSeconds": (1, RULED),
    "metrics.rules.thresholds.slotsWaiting": (2, RULED),
    "metrics.rules.thresholds.restarts": (3, RULED),
    "metrics.dashboard.enabled": (True, {}),
    "metrics.dashboard.label": ("other", SHOWN),
    "metrics.dashboard.labelValue": ("2", SHOWN),
    "metrics.dashboard.folder": ("Services", SHOWN),
    "metrics.dashboard.folderAnnotation": (
        "other",
        {"metrics": {"dashboard": {"enabled": True, "folder": "Services"}}},
    ),
    "tests.enabled": (False, {}),
    "podAnnotations": ({"a": "b"}, {}),
    "podLabels": ({"a": "b"}, {}),
    "nodeSelector": ({"a": "b"}, {}),
    "tolerations": ([{"operator": "Exists"}], {}),
    "affinity": ({"nodeAffinity": {}}, {}),
    "priorityClassName": ("high", {}),
    "enableServiceLinks": (True, {}),
    "commonLabels": ({"a": "b"}, {}),
    "commonAnnotations": ({"a": "b"}, {}),
    "extraEnv": ([{"name": "A", "value": "b"}], {}),
    "extraEnvFrom": ([{"configMapRef": {"name": "a"}}], {}),
    "extraVolumes": ([{"name": "a", "emptyDir": {}}], {}),
    "extraVolumeMounts": ([{"name": "a", "mountPath": "/a"}], {}),
    "initContainers": ([{"name": "a", "image": "a"}], {}),
    "sidecars": ([{"name": "a", "image": "a"}], {}),
    "podSpec": ({"schedulerName": "a"}, {}),
    "extraObjects": ([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}], {}),
    **{
        f"probes.{probe}.{key}": (value, {})
        for probe in ("liveness", "readiness", "startup")
        for key, value in (("periodSeconds", 30), ("timeoutSeconds", 29), ("failureThreshold", 28))
    },
    **{
        f"{section}.{side}.{name}": ("99m" if name == "cpu" else "99Mi", {})
        for section in ("resources", "migrations.resources")
        for side in ("requests", "limits")
        for name in ("cpu", "memory", "ephemeral-storage")
    },
}


def set_at(path: str, value: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The values with another one at the path."""
    key, _, below = path.partition(".")
    return {**values, key: set_at(below, value, values.get(key, {})) if below else value}


def test_every_value_has_another_one_here() -> None:
    assert {path for path, _, _ in leaves()} == OTHERS.keys()


# A value that changes nothing but what is refused.
REFUSES = {"gitops", "image.requireDigest"}


@pytest.mark.parametrize("path", OTHERS)
def test_a_value_changes_the_release(any_helm: str, path: str) -> None:
    value, needs = OTHERS[path]
    beside = {**EXISTING, **needs}
    if path in REFUSES:
        with pytest.raises(RefusedError, match=path):
            template(any_helm, set_at(path, value, PRODUCTION))
        return
    changed = set_at(path, value, beside)
    if path == "secrets.source":
        changed = set_at("secrets.existingSecret", "", changed)
    kube = "1.37" if path == "autoscaling.tolerance" else "1.34"
    assert template(any_helm, changed, kube=kube) != template(any_helm, beside, kube=kube)
    assert of_kind(template(any_helm, changed), "Deployment")
