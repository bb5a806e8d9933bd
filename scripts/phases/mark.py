"""The cluster's own memory of how it was made, so that every checkout can read it."""

import json

from scripts.analyzers.fingerprints import canonical, fingerprint_of
from scripts.core.kube import Api
from scripts.core.objects import Object, at
from scripts.core.resources import path_of

NAMESPACE = "kube-system"
NAME = "slipway-cluster"
MANAGED = {"app.kubernetes.io/managed-by": "slipway"}


def read_mark(api: Api) -> Object | None:
    """The configuration the cluster was made from, or None where it bears no mark."""
    found = api.get(path_of("ConfigMap", NAMESPACE, NAME))
    text = at(found, "data", "config") if found else None
    config = json.loads(text) if text else None
    return config if isinstance(config, dict) else None


def write_mark(api: Api, config: Object) -> None:
    """Let the cluster remember `config`."""
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": MANAGED},
        "data": {"config": canonical(config), "hash": fingerprint_of(config)},
    }
    api.put_object(path_of("ConfigMap", NAMESPACE), body)
