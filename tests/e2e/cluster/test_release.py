"""The release as Helm and its own objects see it."""

import base64
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cluster.kube import Kube
from tests.e2e.waiting import wait_until

USER_WITH_PASSWORD = re.compile(r"://[^/@:\s]*:[^/@\s]+@")


@pytest.mark.timeout(240)
def test_helm_test_passes(kube: Kube, kubeconfig: Path) -> None:
    helm = shutil.which("helm")
    assert helm, "helm is not on the PATH: `slipway tools` says how to get it"
    place = ["--namespace", kube.namespace, "--kubeconfig", str(kubeconfig)]
    command = [helm, "test", kube.release, *place, "--timeout", "180s", "--logs"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=220, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "Succeeded" in done.stdout


def test_the_migration_is_complete(kube: Kube) -> None:
    assert kube.migrations(), "there is no migration Job"
    wait_until(lambda: all(_is_complete(job) for job in kube.migrations()), 60, "every migration Job is complete")


def _is_complete(job: Any) -> bool:
    return any(each.type == "Complete" and each.status == "True" for each in job.status.conditions or [])


def secret_values(kube: Kube) -> list[str]:
    opaque = [secret for secret in kube.secrets() if secret.type == "Opaque"]
    return [base64.b64decode(value).decode() for secret in opaque for value in (secret.data or {}).values()]


def test_no_secret_is_told_outside_of_secrets(kube: Kube, pods: list[Any]) -> None:
    secrets = secret_values(kube)
    number = len(secrets)
    assert number >= 2, "the signing key and the password of the database are expected"
    told = [(each.metadata.name, key, value) for each in kube.config_maps() for key, value in (each.data or {}).items()]
    told += [
        (pod.metadata.name, env.name, env.value or "")
        for pod in pods
        for container in pod.spec.containers
        for env in container.env or []
    ]
    assert any("postgresql://" in value for _, _, value in told)
    # Only places are compared: what a failed assertion shows must not be the secret.
    with_password = [(name, key) for name, key, value in told if USER_WITH_PASSWORD.search(value)]
    with_secret = [(name, key) for name, key, value in told if any(secret in value for secret in secrets)]
    assert (with_password, with_secret) == ([], [])


def test_the_pods_run_the_image_that_the_release_names(kube: Kube, pods: list[Any]) -> None:
    (named,) = {container.image for container in kube.deployment().spec.template.spec.containers}
    assert re.fullmatch(r"slipway:[0-9a-f]{12,64}", named), "the tag is made of the content"
    assert {container.image for pod in pods for container in pod.spec.containers} == {named}
