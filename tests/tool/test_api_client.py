import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import yaml

from scripts.core.errors import ApiRefused, ApiUnreachable
from scripts.core.kube import Api, _lines
from scripts.core.mirror import Mirror
from scripts.core.resources import RESOURCES, path_of, path_of_manifest, placed
from tests.tool.world.api import FakeApi, Thing
from tests.tool.world.objects import APPS, CORE, deployment

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

PATH = f"{APPS}/namespaces/slipway/deployments"


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.01)


def test_object_and_its_absence(fake_api: FakeApi, api: Api) -> None:
    fake_api.put(f"{APPS}/deployments", deployment())
    found = api.get(f"{PATH}/web")
    assert found
    assert found["metadata"]["name"] == "web"
    assert api.get(f"{PATH}/other") is None


def test_list_with_selector_and_version(fake_api: FakeApi, api: Api) -> None:
    fake_api.put(f"{CORE}/pods", {"metadata": {"name": "a", "labels": {"x": "1"}}}, "slipway")
    fake_api.put(f"{CORE}/pods", {"metadata": {"name": "b", "labels": {"x": "2"}}}, "slipway")
    found = api.list(f"{CORE}/namespaces/slipway/pods", labelSelector="x=2")
    assert [pod["metadata"]["name"] for pod in found.items] == ["b"]
    assert found.version == fake_api.version()


def test_object_is_created_and_then_merged(fake_api: FakeApi, api: Api) -> None:
    collection = f"{CORE}/namespaces/slipway/configmaps"
    api.put_object(collection, {"metadata": {"name": "a"}, "data": {"x": "1", "y": "2"}})
    api.put_object(collection, {"metadata": {"name": "a"}, "data": {"x": "3"}})
    stored = fake_api.get(f"{collection}/a")
    assert stored
    assert stored["data"] == {"x": "3", "y": "2"}
    assert fake_api.writes == [f"POST {collection}/a", f"PATCH {collection}/a"]


def test_refusal_carries_status_and_reason(fake_api: FakeApi, api: Api) -> None:
    with pytest.raises(ApiRefused) as refused:
        api.patch(f"{PATH}/none", {})
    assert (refused.value.status, refused.value.reason) == (404, "NotFound")
    fake_api.down = True
    with pytest.raises(ApiRefused, match="503 ServiceUnavailable"):
        api.get(f"{PATH}/web")


def test_readiness_is_what_the_server_says(fake_api: FakeApi, api: Api) -> None:
    assert api.ready()
    fake_api.down = True
    assert not api.ready()


def test_nobody_there(kubeconfig: Path) -> None:
    config = yaml.safe_load(kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:9"
    kubeconfig.write_text(yaml.safe_dump(config))
    api = Api(kubeconfig, timeout=2)
    assert not api.ready()
    with pytest.raises(ApiUnreachable, match="does not answer GET"):
        api.get(f"{PATH}/web")


@pytest.mark.parametrize("text", ["", "{half", "kind: Config\n"])
def test_kubeconfig_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    with pytest.raises(ApiUnreachable, match="cannot be used"):
        Api(path)


def test_proxy_of_the_environment_is_not_asked(kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert Api(kubeconfig, timeout=5).ready()


def test_kubeconfig_of_the_environment_is_not_read(kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere/config")
    assert Api(kubeconfig, timeout=5).ready()


def test_watch_tells_what_happens_after_a_version(fake_api: FakeApi, api: Api) -> None:
    fake_api.put(f"{APPS}/deployments", deployment("before"))
    version = api.list(path_of("Deployment")).version
    fake_api.put(f"{APPS}/deployments", deployment("after", uid="d2"))
    events = cast("Generator[Thing]", api.watch(path_of("Deployment"), version, 5))
    first = next(event for event in events if event["type"] != "BOOKMARK")
    assert (first["type"], first["object"]["metadata"]["name"]) == ("ADDED", "after")
    events.close()


def test_version_that_is_too_old_is_refused_with_410(fake_api: FakeApi, api: Api) -> None:
    fake_api.expired = 10_000
    with pytest.raises(ApiRefused) as refused:
        list(api.watch(path_of("Pod"), "5", 5))
    assert refused.value.status == 410


def test_watch_that_breaks_off_within_an_event_is_a_broken_watch() -> None:
    """A TLS connection that is shut down while it is read gives encrypted bytes for an event."""

    class Broken:
        def stream(self, _size: int, *, decode_content: bool) -> Iterator[bytes]:
            assert decode_content
            yield b'{"type": "ADDED", "object": {}}\n{"type": "AD'
            yield b"\xf9\x8d\n"

    events = _lines(cast("HTTPResponse", Broken()))
    assert next(events)["type"] == "ADDED"
    with pytest.raises(ApiUnreachable, match="broke off"):
        next(events)


def test_mirror_follows_additions_changes_and_removals(fake_api: FakeApi, api: Api) -> None:
    fake_api.put(f"{APPS}/deployments", deployment())
    with Mirror(api, ["Deployment", "Pod"]) as mirror:
        until(lambda: mirror.whole)
        assert [d["metadata"]["name"] for d in mirror.objects("Deployment")] == ["web"]
        assert mirror.objects("Pod") == []
        fake_api.set_status(f"{APPS}/deployments", "slipway", "web", {"replicas": 7})
        until(lambda: mirror.objects("Deployment")[0]["status"] == {"replicas": 7})
        fake_api.remove(f"{APPS}/deployments", "slipway", "web")
        until(lambda: mirror.objects("Deployment") == [])


def test_mirror_wakes_at_a_change(fake_api: FakeApi, api: Api) -> None:
    with Mirror(api, ["Pod"]) as mirror:
        until(lambda: mirror.whole)
        mirror.wait(0)
        threading.Timer(0.1, lambda: fake_api.put(f"{CORE}/pods", {"metadata": {"name": "a"}}, "slipway")).start()
        started = time.monotonic()
        mirror.wait(20)
        assert time.monotonic() - started < 10
        assert mirror.objects("Pod")


def test_mirror_lists_again_after_410(fake_api: FakeApi, api: Api) -> None:
    fake_api.expired = 10_000
    with Mirror(api, ["Pod"]) as mirror:
        until(lambda: mirror.whole)
        fake_api.put(f"{CORE}/pods", {"metadata": {"name": "late"}}, "slipway")
        until(lambda: bool(mirror.objects("Pod")))
    assert fake_api.lists.count(f"{CORE}/pods") >= 2


def test_mirror_gives_up_when_the_api_stays_away(fake_api: FakeApi, api: Api) -> None:
    fake_api.down = True
    with Mirror(api, ["Pod"], patience=0.1) as mirror, pytest.raises(ApiRefused, match="503"):
        mirror.wait(20)


def test_mirror_bears_an_api_that_comes_back(fake_api: FakeApi, api: Api) -> None:
    fake_api.down = True
    with Mirror(api, ["Pod"], patience=20) as mirror:
        mirror.wait(0.2)
        fake_api.down = False
        until(lambda: mirror.whole)


def test_paths_of_manifests() -> None:
    service = {"kind": "Service", "metadata": {"name": "web"}}
    assert path_of_manifest(service, "here") == "/api/v1/namespaces/here/services/web"
    assert path_of_manifest(placed(service, "there"), "here") == "/api/v1/namespaces/there/services/web"
    assert path_of_manifest({"kind": "Namespace", "metadata": {"name": "a"}}, "here") == "/api/v1/namespaces/a"
    assert path_of_manifest({"kind": "Whatever", "metadata": {"name": "a"}}, "here") is None


def test_every_kind_of_the_own_manifests_is_in_the_table() -> None:
    folder = Path(__file__).parents[2] / "k8s"
    files = [path for path in folder.rglob("*.yaml") if not {"kind", "verify", "examples"} & set(path.parts)]
    kinds = {thing["kind"] for path in files for thing in yaml.safe_load_all(path.read_text()) if thing}
    assert kinds
    assert kinds <= set(RESOURCES)
