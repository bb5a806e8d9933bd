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
WATCHED: Values = {
    **EXISTING,
    "redis": {"url": "redis://redis.example.com:6379/0"},
    "autoscaling": {"enabled": True},
    "metrics": {
        "monitor": {
            "mode": "always",
            "labels": {"release": "prometheus"},
            "relabelings": [{"sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "node"}],
            "metricRelabelings": [{"regex": "python_gc_.+", "sourceLabels": ["__name__"], "action": "drop"}],
        },
        "rules": {"mode": "always", "labels": {"release": "prometheus"}, "alertLabels": {"team": "cargo"}},
        "dashboard": {"enabled": True, "folder": "Services"},
    },
}
CLOSED: Values = {
    **EXISTING,
    "redis": {"url": "rediss://redis.example.com/0"},
    "ingress": {"enabled": True},
    "networkPolicy": {"enabled": True, "gateways": ["traefik", "gateways"]},
}
WATCHED_OTHERWISE: Values = {
    **EXISTING,
    "metrics": {"monitor": {"mode": "always", "kind": "ServiceMonitor"}, "rules": {"kind": "ConfigMap"}},
}
ROUTED: Values = {
    **EXISTING,
    "ingress": {"enabled": True, "hosts": ["a.example.com"]},
    "httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}], "hostnames": ["a.example.com", "b.example.com"]},
    "certificate": {"enabled": True, "issuerRef": {"name": "letters"}},
}
ALL: dict[str, Values] = {
    "production": PRODUCTION,
    "existing": EXISTING,
    "trial": TRIAL,
    "hook": HOOK,
    "everything": EVERYTHING,
    "closed": CLOSED,
    "closed hook": {**CLOSED, "migrations": {"mode": "hook"}},
    "routed": ROUTED,
    "watched": WATCHED,
    "watched otherwise": WATCHED_OTHERWISE,
    "off": {**PRODUCTION, "migrations": {"mode": "off"}, "tests": {"enabled": False}},
}
