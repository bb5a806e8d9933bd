"""Well-formed values that contradict each other, with the sentence that says so; and some that only look like it."""

from typing import Any

from tests.chart.scenarios import EXISTING, EXTENDED, FETCHED, MOUNTED, PRODUCTION, TRIAL, URL

# What the chart writes into the pod's spec, and how the pod ends and starts again, which follow from other values.
POD_FIELDS = (
    *("affinity", "automountServiceAccountToken", "containers", "enableServiceLinks", "hostUsers", "imagePullSecrets"),
    *("initContainers", "nodeSelector", "priorityClassName", "resources", "restartPolicy", "securityContext"),
    *("serviceAccountName", "terminationGracePeriodSeconds", "tolerations", "topologySpreadConstraints", "volumes"),
)
SCALED = {"autoscaling": {"enabled": True, "minReplicas": 1, "maxReplicas": 2}}
KEDA = {"enabled": True, "engine": "keda"}


def fetching(data: dict[str, Any], store: str = "vault") -> dict[str, Any]:
    return {"source": "externalSecret", "externalSecret": {"store": store, "data": data}}


def with_objects(objects: dict[str, Any], parameters: Any = None) -> dict[str, Any]:
    csi = {"objects": objects, "parameters": {"roleName": "a"} if parameters is None else parameters}
    return {"database": {"url": URL}, "secrets": {"source": "csi", "csi": csi}}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no database in production": (
        {},
        (
            "database.url is empty, so the data would be lost with each pod; set "
            "database.url=postgresql://user@host:5432/name, or, to try it out, config.environment=development with "
            "replicaCount=1 and autoscaling.enabled=false"
        ),
    ),
    "the tag latest": (
        {**PRODUCTION, "image": {"tag": "latest"}},
        "image.tag is latest, which is another image after each push; set image.tag to a version, or image.digest",
    ),
    "no digest where one must be": (
        {**PRODUCTION, "image": {"tag": "1", "requireDigest": True}},
        (
            "image.requireDigest is true and image.digest is empty; set image.digest to what the registry says of the "
            "pushed image"
        ),
    ),
    "a secret among the settings": (
        {**PRODUCTION, "config": {"extraSettings": {"admin_token": "a"}}},
        (
            "config.extraSettings names admin_token, which is a secret; put it into a Secret, and its name into "
            "secrets, database.existingSecret or redis.existingSecret"
        ),
    ),
    "a setting that has a value of its own": (
        {**PRODUCTION, "config": {"extraSettings": {"log_level": "debug"}}},
        "config.extraSettings names log_level, which the chart sets from a value of its own; take it out",
    ),
    "no database in staging": ({"config": {"environment": "staging"}}, "database.url is empty, so the data"),
    "SQLite in production": (
        {"database": {"url": "sqlite:////tmp/a.db"}, "replicaCount": 1},
        (
            "database.url is SQLite, whose file is lost with each pod; in production set "
            "database.url=postgresql://user@host:5432/name"
        ),
    ),
    "no database for two replicas": (
        {**TRIAL, "replicaCount": 2},
        (
            "database.url is empty, which means SQLite, and 2 replicas would each have their own file; set "
            "replicaCount=1 and autoscaling.enabled=false, or database.url=postgresql://user@host:5432/name"
        ),
    ),
    "SQLite for two replicas": (
        {**TRIAL, "database": {"url": "sqlite:////tmp/a.db"}, "replicaCount": 2},
        "database.url is SQLite, and 2 replicas would each have their own file; set",
    ),
    "SQLite with autoscaling": (
        {**TRIAL, **SCALED},
        "database.url is empty, which means SQLite, and 2 replicas would each have their own file; set",
    ),
    "the development database in production": (
        {"database": {"url": "postgresql://slipway@postgres:5432/slipway"}},
        (
            "database.url names the development database postgres in production; set the full name of the "
            "production host, or config.environment=development"
        ),
    ),
    "localhost in production": (
        {"database": {"url": "postgresql://slipway@localhost/slipway"}},
        "database.url names the development database localhost in production",
    ),
    "an existing Secret beside a generated one": (
        {**PRODUCTION, "secrets": {"existingSecret": "keys"}},
        (
            "secrets.existingSecret is set and secrets.source is generated, so it would be ignored; set "
            "secrets.source=existing, or leave secrets.existingSecret empty"
        ),
    ),
    "no existing Secret": (
        {**PRODUCTION, "secrets": {"source": "existing"}},
        (
            "secrets.source is existing and no Secret is named; set secrets.existingSecret to the one that holds "
            "the signing key"
        ),
    ),
    "a password in the database's address": (
        {"database": {"url": "postgresql://app:hunter2@db.example.com/app"}},
        (
            "database.url holds a password, which everybody can read who may read the release; take it out, put it "
            "into a Secret and set database.existingSecret.name to that"
        ),
    ),
    "a password in the address of Redis": (
        {**PRODUCTION, "redis": {"url": "redis://:hunter2@redis:6379/0"}},
        (
            "redis.url holds a password, which everybody can read who may read the release; take it out, put it "
            "into a Secret and set redis.existingSecret.name to that"
        ),
    ),
    "fewest above most": (
        {**PRODUCTION, "autoscaling": {"enabled": True, "minReplicas": 5, "maxReplicas": 3}},
        "autoscaling.minReplicas (5) is more than autoscaling.maxReplicas (3); set autoscaling.minReplicas=3 or less",
    ),
    "autoscaling by nothing": (
        {**PRODUCTION, "autoscaling": {"enabled": True, "cpuUtilization": 0}},
        "autoscaling.enabled is true and looks at nothing; set autoscaling.cpuUtilization=80",
    ),
    "the class of the Ingress twice": (
        {
            **PRODUCTION,
            "ingress": {
                "enabled": True,
                "className": "traefik",
                "annotations": {"kubernetes.io/ingress.class": "nginx"},
            },
        },
        (
            "ingress.className (traefik) and the annotation kubernetes.io/ingress.class (nginx) are both set, which "
            "Kubernetes refuses; take the annotation out of ingress.annotations"
        ),
    ),
    "a generated key in a pipeline": (
        {**PRODUCTION, "gitops": True},
        (
            "gitops is true and secrets.source is generated, so each rendering would make another key and every user "
            "would be signed out; set secrets.source=existing, externalSecret or csi"
        ),
    ),
    "a generated key under Argo CD": (
        {**PRODUCTION, "migrations": {"mode": "argocd"}},
        "migrations.mode is argocd and secrets.source is generated, so each rendering would make another key",
    ),
    "External Secrets without a store": (
        {**PRODUCTION, "secrets": fetching({"signing_key": {"key": "a"}}, store="")},
        "secrets.source is externalSecret and no store is named; set secrets.externalSecret.store",
    ),
    "External Secrets without a key to sign with": (
        {**PRODUCTION, "secrets": fetching({"admin_token": {"key": "a"}})},
        (
            "secrets.externalSecret.data names no signing_key, without which the service does not start; say there "
            "where it is"
        ),
    ),
    "the CSI driver without a key to sign with": (
        with_objects({"admin_token": {"path": "a"}}),
        "secrets.csi.objects names no signing_key, without which the service does not start",
    ),
    "Vault without a role": (
        with_objects({"signing_key": {"path": "a"}}, parameters={}),
        "secrets.csi.provider is vault and no role is named; set secrets.csi.parameters.roleName",
    ),
    "a Secret beside the files of the CSI driver": (
        {**with_objects({"signing_key": {"path": "a"}}), **PRODUCTION},
        (
            "database.existingSecret.name is set and secrets.source is csi, whose files come from the provider alone; "
            "name database_password in secrets.csi.objects, and leave database.existingSecret.name empty"
        ),
    ),
    "a password from two places": (
        {**PRODUCTION, "secrets": fetching({"signing_key": {"key": "a"}, "database_password": {"key": "b"}})},
        (
            "database_password comes from secrets.externalSecret.data and from database.existingSecret; take one of "
            "them out"
        ),
    ),
    "an address from two places": (
        {"database": {"url": URL, "existingSecret": {"name": "db", "holds": "url"}}},
        "database.url is set and the address comes from a secret too; leave database.url empty",
    ),
    "an address in no Secret": (
        {"database": {"url": URL, "existingSecret": {"holds": "parts"}}},
        "database.existingSecret.holds is parts and no Secret is named; set database.existingSecret.name",
    ),
    "Reloader with nothing to watch": (
        {"database": {"url": URL}, "secrets": {"reloader": True}},
        "secrets.reloader is true and the pods use no Secret but the chart's own; set secrets.reloader=false",
    ),
    "a percentage of no request": (
        {**PRODUCTION, "autoscaling": {"enabled": True}, "resources": {"requests": {"cpu": None}}},
        (
            "autoscaling.cpuUtilization counts in percent of resources.requests.cpu, which is not set; set it, or "
            "autoscaling.cpuUtilization=0"
        ),
    ),
    "metrics that KEDA does not know": (
        {**PRODUCTION, "autoscaling": {**KEDA, "external": [{"name": "a", "value": 1}]}},
        (
            "autoscaling.engine is keda, which does not know autoscaling.pods and autoscaling.external; write them as "
            "autoscaling.keda.triggers, or set autoscaling.engine=hpa"
        ),
    ),
    "triggers that nobody looks at": (
        {**PRODUCTION, "autoscaling": {"enabled": True, "keda": {"triggers": [{"type": "cron"}]}}},
        (
            "autoscaling.engine is hpa, and autoscaling.keda names triggers that nobody would look at; set "
            "autoscaling.engine=keda, or take them out"
        ),
    ),
    "Prometheus without a query": (
        {**PRODUCTION, "autoscaling": {**KEDA, "keda": {"prometheus": {"address": "http://a"}}}},
        "autoscaling.keda.prometheus.address is set and nothing is asked there; set autoscaling.keda.prometheus.query",
    ),
    "two that pull at the requests": (
        {
            **PRODUCTION,
            "autoscaling": {"enabled": True},
            "verticalAutoscaling": {"enabled": True, "updateMode": "Recreate"},
        },
        (
            "verticalAutoscaling.updateMode is Recreate and autoscaling counts in percent of the requests that it "
            "changes; set verticalAutoscaling.updateMode=Off, or autoscaling.cpuUtilization=0 and "
            "autoscaling.memoryUtilization=0"
        ),
    ),
    "a common label that selects": (
        {**PRODUCTION, "commonLabels": {"app.kubernetes.io/name": "web"}},
        "commonLabels names app.kubernetes.io/name, by which the release finds its own pods; take it out",
    ),
    **{
        f"the pod's field {name}": (
            {**PRODUCTION, "podSpec": {name: "another"}},
            f"podSpec names {name}, for which the chart has a value of its own; take it out",
        )
        for name in POD_FIELDS
    },
    **{
        f"the node's own {name[4:]}": (
            {**PRODUCTION, "podSpec": {name: True}},
            f"podSpec sets {name}, which the restricted Pod Security Standard forbids; take it out",
        )
        for name in ("hostIPC", "hostNetwork", "hostPID")
    },
    "a variable of the chart": (
        {**PRODUCTION, "extraEnv": [{"name": "SLIPWAY_LOG_LEVEL", "value": "debug"}]},
        "extraEnv names SLIPWAY_LOG_LEVEL, which the chart sets; set its value under config instead",
    ),
    "a volume of the chart": (
        {**PRODUCTION, "extraVolumes": [{"name": "tmp", "emptyDir": {}}]},
        "extraVolumes names tmp, which the chart has; give yours another name",
    ),
    "a label that selects": (
        {**PRODUCTION, "podLabels": {"app.kubernetes.io/component": "web"}},
        "podLabels names app.kubernetes.io/component, by which the release finds its own pods; take it out",
    ),
    "an annotation of the chart": (
        {**PRODUCTION, "podAnnotations": {"checksum/config": "none"}},
        "podAnnotations names checksum/config, which the chart sets to restart pods; take it out",
    ),
}
# What a version of Kubernetes is too old for, and the sentence.
TOO_OLD: dict[str, tuple[dict[str, Any], str, str]] = {
    "podResources": (
        {"podResources": {"limits": {"cpu": 1}}},
        "1.34",
        "podResources needs Kubernetes 1.34 and this is 1.33; leave it empty",
    ),
    "hostUsers": (
        {"security": {"hostUsers": False}},
        "1.33",
        "security.hostUsers=false needs Kubernetes 1.33 and this is 1.32; set security.hostUsers=true",
    ),
    "trafficDistribution": (
        {"service": {"trafficDistribution": "PreferSameZone"}},
        "1.34",
        (
            "service.trafficDistribution=PreferSameZone needs Kubernetes 1.34 and this is 1.33; set "
            "service.trafficDistribution=PreferClose"
        ),
    ),
}
ACCEPTED: dict[str, dict[str, Any]] = {
    "one replica without a database in development": TRIAL,
    "no autoscaling, whatever its bounds": {**PRODUCTION, "autoscaling": {"minReplicas": 5, "maxReplicas": 3}},
    "the development database in development": {
        "config": {"environment": "development"},
        "database": {"url": "postgresql://slipway@postgres:5432/slipway"},
    },
    "the tag latest beside a digest": {**PRODUCTION, "image": {"tag": "latest", "digest": "sha256:" + "a" * 64}},
    "a user without a password": {"database": {"url": URL}},
    "a colon in the path": {"database": {"url": f"{URL}?options=a:b@c"}},
    "the class as annotation alone": {
        **PRODUCTION,
        "ingress": {"enabled": True, "annotations": {"kubernetes.io/ingress.class": "nginx"}},
    },
    "a key of yours in a pipeline": {**EXISTING, "gitops": True},
    "External Secrets": FETCHED,
    "the CSI driver": MOUNTED,
    "an address in parts": EXTENDED,
    "a recommendation beside autoscaling": {
        **PRODUCTION,
        "autoscaling": {"enabled": True},
        "verticalAutoscaling": {"enabled": True},
    },
    "two kinds of autoscaling that look at different things": {
        **PRODUCTION,
        "autoscaling": {**KEDA, "cpuUtilization": 0, "keda": {"triggers": [{"type": "cron"}]}},
        "verticalAutoscaling": {"enabled": True, "updateMode": "Recreate"},
    },
    "memory alone": {
        **PRODUCTION,
        "autoscaling": {"enabled": True, "cpuUtilization": 0, "memoryUtilization": 70},
    },
}
