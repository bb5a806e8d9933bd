"""The chart under load, while it is scaled: from its first version to this one, over a failed migration, and back."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from kubernetes import client

from scripts.load import LoadRun, LoadSpec, Target
from scripts.phases.attach import attach, ingress_address_port
from scripts.phases.context import Context
from scripts.phases.user import User
from tests.e2e.cluster.kube import Kube
from tests.e2e.cluster.trial import SECONDS, Trial, Values, database, trial
from tests.e2e.waiting import wait_until

ROOT = Path(__file__).parents[2]
# No version is tagged yet, so the first chart of all stands for the release before.
FIRST = "7883adb"
RATE, REQUESTS = 100.0, 10_000
HOST = "localhost"  # at every other name the release under test answers
MOST = 3
VALUES: Values = {
    "ingress": {"enabled": True, "className": "traefik", "hosts": [HOST]},
    "migrations": {"mode": "hook", "backoffLimit": 0},
    # Pods at rest need more than one percent of their request, so the autoscaler goes to its maximum by itself.
    "autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": MOST, "cpuUtilization": 1},
}
REVISION = '''"""A change of the schema that the releases before can live with."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{name}", "0003", None, None


def upgrade() -> None:
    op.add_column("{table}", sa.Column("drill", sa.Integer()))
'''


@pytest.fixture
def first_chart(tmp_path: Path) -> Path:
    archive = subprocess.run(
        ["git", "archive", FIRST, "charts/slipway"], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    if archive.returncode:
        pytest.skip(f"the history of this checkout does not reach back to {FIRST}")
    subprocess.run(["tar", "--extract"], input=archive.stdout, cwd=tmp_path, check=True, timeout=60)
    return tmp_path / "charts" / "slipway"


@contextmanager
def migration(kube: Kube, name: str, table: str) -> Iterator[Values]:
    """The values by which the image has one migration more, of a table that exists or of one that does not."""
    body = client.V1ConfigMap(
        metadata=client.V1ObjectMeta(name=f"drill-{name}"),
        data={"revision.py": REVISION.format(name=name, table=table)},
    )
    kube.core.create_namespaced_config_map(kube.namespace, body)
    folder = "/opt/slipway/service/migrations/versions"
    try:
        yield {
            "extraVolumes": [{"name": "drill", "configMap": {"name": f"drill-{name}"}}],
            "extraVolumeMounts": [
                {"name": "drill", "mountPath": f"{folder}/{name}.py", "subPath": "revision.py", "readOnly": True}
            ],
        }
    finally:
        kube.core.delete_namespaced_config_map(f"drill-{name}", kube.namespace)


def migration_log(kube: Kube) -> str:
    """What the newest migration said."""
    pods = [pod for pod in kube.every_pod() if pod.metadata.labels["app.kubernetes.io/component"] == "migration"]
    newest = max(pods, key=lambda pod: pod.metadata.creation_timestamp)
    return str(kube.core.read_namespaced_pod_log(newest.metadata.name, kube.namespace))


def scaled(made: Trial) -> None:
    """Wait until the autoscaler has gone to its maximum, and every pod serves."""
    wait_until(lambda: made.kube.deployment().spec.replicas == MOST, SECONDS, "the autoscaler has scaled", interval=1)
    made.settled()


def steady(url: str) -> None:
    """Wait until the Ingress has sent nobody astray for a while."""
    good = 0

    def answers() -> bool:
        nonlocal good
        good = good + 1 if httpx.get(f"{url}/health/ready", trust_env=False).status_code == httpx.codes.OK else 0
        return good >= 20

    wait_until(answers, SECONDS, f"{url} answers twenty times in a row")


def uids(made: Trial) -> set[str]:
    return {pod.metadata.uid for pod in made.kube.pods()}


def change(made: Trial) -> list[str]:
    """Change the release in every way; what was done, in order."""
    done = []

    def next_is(what: str) -> None:
        assert made.kube.deployment().spec.replicas == MOST, what
        made.settled()
        done.append(what)

    assert made.upgrade() == ""
    next_is("from the first chart to this one")
    good = made.revision()
    before = uids(made)
    with migration(made.kube, "broken", "nowhere") as broken:
        assert "pre-upgrade hooks failed" in made.upgrade(broken)
        assert "ALTER TABLE nowhere" in migration_log(made.kube)
        next_is("failed migration")
    assert uids(made) == before, "a failed migration has touched the pods"
    with migration(made.kube, "good", "items") as more:
        assert made.upgrade(more) == ""
        next_is("migration")
        assert uids(made).isdisjoint(before)
        rolled_back = made.helm("rollback", made.kube.release, good, "--wait")
        assert rolled_back.returncode == 0, rolled_back.stderr
        next_is("rollback, which the new schema does not mind")
    assert made.upgrade({"config": {"logLevel": "warning"}}) == ""
    next_is("from this chart to itself")
    return done


@pytest.mark.timeout(900)
def test_no_request_is_lost_while_the_chart_is_upgraded_and_rolled_back(
    context: Context, kube: Kube, first_chart: Path, tables: list[tuple[str, str]]
) -> None:
    url = f"http://{HOST}:{ingress_address_port(attach(context))}"
    with database(kube, "drill_chart") as place:
        stores: Values = {"database": {"url": place}, "redis": {"url": "redis://valkey:6379/2"}}
        with trial(kube, context.state.kubeconfig, "chart", kube.namespace, {**VALUES, **stores}) as made:
            assert made.upgrade(chart=first_chart) == ""
            scaled(made)
            steady(url)
            with User(url) as user, LoadRun(load(user)) as run:
                run.wait_for(int(5 * RATE), 60)
                done = change(made)
                run.wait_for(max(REQUESTS, run.progress.requests + int(5 * RATE)), 180)
                result = run.stop()
    failed = f"{len(result.failures)} of {result.requests} requests at {result.achieved_rate:.0f}/s"
    tables.append(("the chart upgraded under load", f"failed      {failed}\nchanges     {', '.join(done)}"))
    assert result.failures == ()


def load(user: User) -> LoadSpec:
    return LoadSpec(target=Target.of(user.url), rate=RATE, seconds=800, token=user.token)
