"""The signing key and the database's password change under load: no request fails, and no pod is restarted."""

import base64
import json
import secrets
from typing import Any

import pytest

from scripts.drills.stage import Stage
from scripts.load import LoadRun, LoadSpec, Target
from scripts.phases.address import address
from scripts.phases.attach import attach, ingress_address_port
from scripts.phases.context import Context
from scripts.phases.user import User
from tests.e2e.cluster.kube import Kube
from tests.e2e.waiting import wait_until

RATE = 30.0
PATIENCE = 180.0
# The kubelet writes a changed Secret within 60 to 90 s, and no pod signs with a new key before all have it.
LOADED_SECONDS, SIGNED_SECONDS = 180.0, 180.0


def change_password(kube: Kube) -> None:
    """In its Secret first: until PostgreSQL knows the new one, pods that have it fall back on the one before."""
    password = secrets.token_hex(24)
    kube.core.patch_namespaced_secret("postgres", kube.namespace, {"stringData": {"password": password}})
    wait_until(lambda: loaded(kube, "database_password"), LOADED_SECONDS, "every pod has the password", interval=2)
    assert kube.sql(f"ALTER ROLE slipway PASSWORD '{password}'") == "ALTER ROLE"


def change_signing_key(kube: Kube) -> None:
    """The new key, and the one before, in one change."""
    name = kube.deployment().metadata.name
    secret: Any = kube.core.read_namespaced_secret(name, kube.namespace)
    old = base64.b64decode(secret.data["signing_key"]).decode()
    change = {"signing_key": secrets.token_hex(32), "previous_signing_key": old}
    kube.core.patch_namespaced_secret(name, kube.namespace, {"stringData": change})


def loaded(kube: Kube, setting: str) -> bool:
    """Whether every pod says that it has taken the new value."""
    names = [pod.metadata.name for pod in kube.pods()]
    logs = [kube.core.read_namespaced_pod_log(name, kube.namespace, container="slipway") for name in names]
    return all(any('"secret changed"' in line and f'"{setting}"' in line for line in log.splitlines()) for log in logs)


def running(kube: Kube) -> list[tuple[str, int]]:
    """The pods and how often each was restarted."""
    return [(pod.metadata.name, pod.status.container_statuses[0].restart_count) for pod in kube.pods()]


def key_of(token: str) -> str:
    """The name of the key that signed the token (RFC 7515, 4.1.4)."""
    head = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


def signs(user: User) -> str:
    """The name of the key that signs now."""
    return key_of(str(user.log_in()["access_token"]))


@pytest.mark.timeout(600)
def test_secrets_change_under_load_without_a_failure_or_a_restart(
    context: Context, kube: Kube, tables: list[tuple[str, str]]
) -> None:
    api = attach(context)
    Stage(context, api, PATIENCE).steady()
    before = running(kube)
    with User(address(ingress_address_port(api))) as user:
        spec = LoadSpec(target=Target.of(user.url), rate=RATE, seconds=590, token=user.token)
        with LoadRun(spec) as run:
            run.wait_for(int(RATE), 30)
            old = signs(user)
            change_signing_key(kube)
            change_password(kube)
            wait_until(lambda: loaded(kube, "signing_key"), LOADED_SECONDS, "every pod has the key", interval=2)
            # Logins from one address are limited, so this is asked rarely.
            wait_until(lambda: signs(user) != old, SIGNED_SECONDS, "the new key signs", interval=15)
            load = run.stop()
    failed = f"{len(load.failures)} of {load.requests} requests at {load.achieved_rate:.0f}/s"
    tables.append(("secrets changed under load", f"failed      {failed}\nduration    {load.duration:.0f} s"))
    assert load.failures == ()
    assert running(kube) == before
