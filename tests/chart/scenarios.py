"""Values that together switch every part of the chart on and off."""

from typing import Any

Values = dict[str, Any]

URL = "postgresql://app@db.example.com:5432/app"
PRODUCTION: Values = {"database": {"url": URL, "existingSecret": {"name": "db-password"}}}
EXISTING: Values = {**PRODUCTION, "secrets": {"source": "existing", "existingSecret": "keys"}}
TRIAL: Values = {"config": {"environment": "development"}, "replicaCount": 1}
HOOK: Values = {**PRODUCTION, "migrations": {"mode": "hook"}}
EVERYTHING: Values = {
    "nameOverride": "cargo",
    "namespaceOverride": "elsewhere",
    "image": {"digest": "sha256:" + "0" * 64, "pullSecrets": ["registry"]},
    "config": {
        "corsOrigins": ["https://app.example.com"],
        "logFormat": "text",
        "allowedHosts": ["a.example.com", "*.example.org"],
        "requireHttps": True,
        "rateLimit": "600/minute",
        "loginRateLimit": "",
        "tokenSeconds": 600,
        "defaultVersion": 2,
        "v1Sunset": "2028-01-31",
        "cacheSeconds": 0,
        "sockets": {"perUser": 3, "queue": 100_000, "history": 1_000_000},
        "faults": True,
        "extraSettings": {"socket_rate": "5/second"},
    },
    "secrets": {
        "source": "existing",
        "existingSecret": "keys",
        "keys": {"signingKey": "key.txt", "adminToken": "token.txt"},
    },
    "database": {"url": URL, "existingSecret": {"name": "db", "key": "pass"}},
    "redis": {"url": "redis://redis.example.com:6379/0", "existingSecret": {"name": "redis"}},
    "migrations": {"mode": "hook"},
    "service": {"annotations": {"example.com/a": "b"}},
    "ingress": {
        "enabled": True,
        "className": "traefik",
        "annotations": {"example.com/a": "b"},
        "hosts": ["a.example.com", "*.example.org"],
        "tls": [{"secretName": "a-tls", "hosts": ["a.example.com"]}],
    },
    "autoscaling": {
        "enabled": True,
        "memoryUtilization": 70,
        "behavior": {"scaleDown": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}},
    },
    "serviceAccount": {"annotations": {"example.com/identity": "a"}},
    "podAnnotations": {"example.com/a": "b"},
    "podLabels": {"example.com/team": "b"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "example.com/only", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "priorityClassName": "high",
}
# Secrets by External Secrets, hooks of Helm, a HorizontalPodAutoscaler with all that it knows.
FETCHED: Values = {
    "gitops": True,
    "secrets": {
        "source": "externalSecret",
        "externalSecret": {
            "store": "vault",
            "storeKind": "ClusterSecretStore",
            "data": {
                "signing_key": {"key": "slipway", "property": "signing_key"},
                "database_host": {"key": "database", "property": "host"},
                "database_user": {"key": "database", "property": "user"},
                "database_password": {"key": "database", "property": "password", "version": "2"},
            },
        },
        "reloader": True,
        "revision": "2026-11-25",
    },
    "migrations": {"mode": "hook"},
    "service": {"trafficDistribution": "PreferClose"},
    "autoscaling": {
        "enabled": True,
        "memoryUtilization": 70,
        "containerOnly": True,
        "pods": [{"name": "requests", "averageValue": "20", "selector": {"matchLabels": {"route": "items"}}}],
        "external": [{"name": "queue", "value": "30"}, {"name": "lag", "averageValue": "5"}],
        "preset": "cautious",
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 900}},
        "tolerance": 0.05,
    },
    "verticalAutoscaling": {"enabled": True, "minAllowed": {"cpu": "50m"}, "maxAllowed": {"memory": "1Gi"}},
}
# Secrets by the CSI driver, migrations by Argo CD, KEDA.
MOUNTED: Values = {
    "gitops": True,
    "secrets": {
        "source": "csi",
        "csi": {
            "parameters": {"roleName": "slipway", "vaultAddress": "https://vault.example.com"},
            "objects": {
                "signing_key": {"path": "secret/data/slipway", "key": "signing_key"},
                "database_url": {"path": "secret/data/database", "key": "uri"},
            },
        },
    },
    "migrations": {"mode": "argocd"},
    "autoscaling": {
        "enabled": True,
        "engine": "keda",
        "memoryUtilization": 70,
        "preset": "quick",
        "keda": {
            "prometheus": {"address": "http://prometheus:9090", "query": "sum(rate(a[2m]))", "threshold": "50"},
            "triggers": [{"type": "cron", "metadata": {"timezone": "{{ .Release.Namespace }}"}}],
        },
    },
}
# Whatever the chart has no value for, and a database whose whole address is in a Secret.
EXTENDED: Values = {
    "database": {"existingSecret": {"name": "cluster-app", "holds": "parts"}},
    "migrations": {"mode": "init"},
    "commonLabels": {"example.com/team": "{{ .Release.Name }}-team"},
    "commonAnnotations": {"example.com/owner": "{{ .Release.Name }}-owner"},
    "extraEnv": [
        {"name": "HTTPS_PROXY", "value": "http://{{ .Release.Name }}-proxy"},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ],
    "extraEnvFrom": [{"configMapRef": {"name": "{{ .Release.Name }}-extra"}}],
    "extraVolumes": [{"name": "authorities", "configMap": {"name": "{{ .Release.Name }}-authorities"}}],
    "extraVolumeMounts": [{"name": "authorities", "mountPath": "/etc/{{ .Release.Name }}", "readOnly": True}],
    "initContainers": [{"name": "first", "image": "{{ .Release.Name }}-first", "restartPolicy": "Always"}],
    "sidecars": [{"name": "beside", "image": "{{ .Release.Name }}-beside"}],
    "podSpec": {"runtimeClassName": "{{ .Release.Name }}-sandbox", "dnsConfig": {"options": [{"name": "ndots"}]}},
    "extraObjects": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ .Release.Name }}-extra"}, "data": {"A": "b"}}
    ],
    "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
    "enableServiceLinks": True,
}
ALL: dict[str, Values] = {
    "production": PRODUCTION,
    "existing": EXISTING,
    "trial": TRIAL,
    "hook": HOOK,
    "everything": EVERYTHING,
    "fetched": FETCHED,
    "mounted": MOUNTED,
    "extended": EXTENDED,
    "off": {**PRODUCTION, "migrations": {"mode": "off"}, "tests": {"enabled": False}},
}
