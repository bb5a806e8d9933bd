"""Prometheus of k8s/monitoring: it reads the release as the chart's monitors would, and the rules of the chart."""

import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.chart.rendering import DEVELOPMENT, ROOT, Document, identity, of_kind, one, parse, template
from tests.chart.scenarios import WATCHED

FOLDER = ROOT / "k8s" / "monitoring"
DOCUMENTS = [document for path in sorted(FOLDER.glob("*.yaml")) for document in parse(path.read_text())]


def named(kind: str, name: str) -> Document:
    (found,) = [document for document in of_kind(DOCUMENTS, kind) if document["metadata"]["name"] == name]
    return found


def config() -> Any:
    return yaml.safe_load(named("ConfigMap", "prometheus")["data"]["prometheus.yml"])


def relabelled(meta: dict[str, str]) -> dict[str, str] | None:
    """The labels of a target that is found so; none where it is left out."""
    labels: dict[str, str] = {}
    (job,) = config()["scrape_configs"]
    for step in job["relabel_configs"]:
        joined = ";".join(meta.get(name, "") for name in step["source_labels"])
        match = re.fullmatch(step.get("regex", "(.*)"), joined)
        if step.get("action") == "keep" and match is None:
            return None
        if "target_label" in step and match is not None:
            labels[step["target_label"]] = match[1]
    return labels


def found(pod: Document, component: str, port: str, phase: str = "Running") -> dict[str, str]:
    """What Prometheus knows of a pod's port before it reads it."""
    told = {name.replace(".", "_").replace("/", "_").replace("-", "_"): value for name, value in pod.items()}
    return {
        **{f"__meta_kubernetes_pod_label_{name}": value for name, value in told.items()},
        "__meta_kubernetes_pod_label_app_kubernetes_io_component": component,
        "__meta_kubernetes_namespace": "slipway",
        "__meta_kubernetes_pod_name": "blue-slipway-5d8f7c9b6d-x2x4z",
        "__meta_kubernetes_pod_container_name": "slipway",
        "__meta_kubernetes_pod_container_port_name": port,
        "__meta_kubernetes_pod_controller_name": "blue-slipway-5d8f7c9b6d",
        "__meta_kubernetes_pod_phase": phase,
    }


def test_the_pods_that_serve_are_read_on_their_admin_port_as_the_monitor_would(any_helm: str) -> None:
    documents = template(any_helm, WATCHED, release="blue")
    pod = one(documents, "Deployment")["spec"]["template"]["metadata"]["labels"]
    (endpoint,) = one(documents, "PodMonitor")["spec"]["podMetricsEndpoints"]
    assert relabelled(found(pod, "api", endpoint["port"])) == {
        "namespace": "slipway",
        "pod": "blue-slipway-5d8f7c9b6d-x2x4z",
        "container": "slipway",
        "job": endpoint["relabelings"][0]["replacement"],
    }
    assert relabelled(found(pod, "api", "http")) is None
    assert relabelled(found(pod, "migration", "admin")) is None
    assert relabelled(found(pod, "api", "admin", "Succeeded")) is None


def test_the_limits_are_those_of_the_monitor(any_helm: str) -> None:
    (job,) = config()["scrape_configs"]
    spec = one(template(any_helm, WATCHED), "PodMonitor")["spec"]
    assert (job["sample_limit"], job["label_limit"]) == (spec["sampleLimit"], spec["labelLimit"])


def test_the_rules_of_the_development_profile_are_those_that_it_reads(any_helm: str) -> None:
    rendered = {identity(document) for document in template(any_helm, files=(DEVELOPMENT,))}
    spec = named("Deployment", "prometheus")["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    rules = volumes["rules"]["configMap"]
    assert ("ConfigMap", "slipway", rules["name"]) in rendered
    assert rules["optional"] is True
    mounts = {mount["name"]: mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
    assert config()["rule_files"] == [f"{mounts['rules']}/*.yaml"]
    assert f"--config.file={mounts['config']}/prometheus.yml" in spec["containers"][0]["args"]


def test_prometheus_reads_pods_of_its_own_namespace_alone() -> None:
    assert of_kind(DOCUMENTS, "ClusterRole") == of_kind(DOCUMENTS, "ClusterRoleBinding") == []
    (rule,) = one(DOCUMENTS, "Role")["rules"]
    assert rule == {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}
    assert {document["metadata"]["namespace"] for document in DOCUMENTS} == {"slipway"}


def test_alerts_go_to_the_alertmanager_beside_it() -> None:
    (manager,) = config()["alerting"]["alertmanagers"]
    service = named("Service", "alertmanager")
    (port,) = service["spec"]["ports"]
    assert manager["static_configs"] == [{"targets": [f"{service['metadata']['name']}:{port['port']}"]}]


def test_prometheus_takes_its_configuration(promtool: str, tmp_path: Path) -> None:
    known = config()
    (job,) = known["scrape_configs"]
    # Debian's promtool is built without the discovery of Kubernetes.
    assert job.pop("kubernetes_sd_configs") == [{"role": "pod", "namespaces": {"own_namespace": True}}]
    job["static_configs"] = [{"targets": ["127.0.0.1:9000"]}]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(known))
    command = [promtool, "check", "config", "--syntax-only", "prometheus.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
