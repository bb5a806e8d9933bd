"""The Kubernetes API, spoken to with the private kubeconfig and nothing else.

The official client gives the configuration, TLS and the connections; objects stay the plain dictionaries that came
over the wire, because every analyzer reads those, recorded or live.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

import yaml

from scripts.core.errors import ApiRefused, ApiUnreachable
from scripts.core.objects import Object, at

if TYPE_CHECKING:
    import urllib3
    from kubernetes.client import ApiClient

CALL_SECONDS = 10.0
CONNECTIONS = 16
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True)
class Collection:
    """A list and the version it was read at."""

    items: list[Object]
    version: str


class Api:
    """A connection to one cluster.

    Args:
        kubeconfig: The private kubeconfig; certificates are unpacked beside it.
        timeout: Seconds that one call may take.

    Raises:
        ApiUnreachable: The kubeconfig cannot be used.
    """

    def __init__(self, kubeconfig: Path, timeout: float = CALL_SECONDS) -> None:
        self._timeout = timeout
        self._client = _connect(kubeconfig)
        self._streams: set[urllib3.HTTPResponse] = set()

    def get(self, path: str) -> Object | None:
        """The object at `path`; None where there is none."""
        with contextlib.suppress(_NotFoundError):
            return self._call("GET", path)
        return None

    def list(self, path: str, **query: str) -> Collection:
        """The collection at `path`, with the version to watch from."""
        answer = self._call("GET", _with_query(path, query))
        return Collection(answer.get("items") or [], str(at(answer, "metadata", "resourceVersion", default="")))

    def post(self, path: str, body: Object) -> Object:
        """Create `body` in the collection at `path`."""
        return self._call("POST", path, body)

    def patch(self, path: str, body: Object) -> Object:
        """Merge `body` into the object at `path` (RFC 7396)."""
        return self._call("PATCH", path, body, MERGE_PATCH)

    def put_object(self, collection: str, body: Object) -> None:
        """Create `body` in `collection`, or merge it into the object that has its name."""
        try:
            self.post(collection, body)
        except ApiRefused as refused:
            if refused.status != HTTPStatus.CONFLICT:
                raise
            self.patch(f"{collection}/{body['metadata']['name']}", body)

    def delete(self, path: str) -> None:
        """Delete the object at `path`, if it is there; its finalizers and its grace period still have their time."""
        with contextlib.suppress(_NotFoundError):
            self._call("DELETE", path)

    def text(self, path: str, **query: str) -> str:
        """The body at `path` as it is: the log of a container."""
        response = self._send("GET", _with_query(path, query))
        return response.data.decode("utf-8", "replace")

    def ready(self) -> bool:
        """Whether the API server says of itself that it is ready."""
        try:
            return self.text("/readyz") == "ok"
        except (ApiUnreachable, ApiRefused):
            return False

    def watch(self, path: str, version: str, seconds: int) -> Iterator[Object]:
        """The events of the collection at `path` after `version`, until `seconds` have passed.

        Raises:
            ApiRefused: With status 410 where the version is too old; list again then.
            ApiUnreachable: The stream broke.
        """
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(seconds),
        }
        response = self._send("GET", _with_query(path, query), streamed=seconds + CALL_SECONDS)
        self._streams.add(response)
        try:
            yield from _lines(response)
        finally:
            self._streams.discard(response)
            response.close()

    def end_watches(self) -> None:
        """End every watch now, also one whose thread waits for its next event."""
        for response in list(self._streams):
            with contextlib.suppress(OSError, ValueError, RuntimeError):  # it has ended by itself
                response.shutdown()

    def close(self) -> None:
        """Close the idle connections."""
        self._client.rest_client.close()

    def _call(self, method: str, path: str, body: Object | None = None, content: str = "application/json") -> Object:
        response = self._send(method, path, body, content)
        return cast("Object", json.loads(response.data or b"{}"))

    def _send(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        content: str = "application/json",
        streamed: float = 0.0,
    ) -> "urllib3.HTTPResponse":
        headers = {"Accept": "application/json, */*", "Content-Type": content}
        self._client.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
        with _reachable(f"{method} {path}"):
            answer = self._client.rest_client.request(  # type: ignore[no-untyped-call]
                method,
                self._client.configuration.host + path,
                headers,
                body,
                _request_timeout=streamed or self._timeout,
            ).response
            if answer.status >= HTTPStatus.BAD_REQUEST or not streamed:
                answer.read(cache_content=True)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _refusal(answer.status, answer.data, f"{method} {path.partition('?')[0]}")
        return cast("urllib3.HTTPResponse", answer)


class _NotFoundError(ApiRefused):
    pass


def _connect(kubeconfig: Path) -> "ApiClient":
    # 0.3 s of import that `--help` and preflight need not pay for.
    import kubernetes.client  # noqa: PLC0415
    import kubernetes.config  # noqa: PLC0415
    import urllib3  # noqa: PLC0415

    settings = kubernetes.client.Configuration()
    try:
        kubernetes.config.load_kube_config(  # type: ignore[no-untyped-call]
            str(kubeconfig), client_configuration=settings, persist_config=False, temp_file_path=str(kubeconfig.parent)
        )
    except (kubernetes.config.ConfigException, yaml.YAMLError, OSError, ValueError) as error:
        raise ApiUnreachable(f"The kubeconfig {kubeconfig} cannot be used: {' '.join(str(error).split())}") from error
    settings.proxy = None  # the API server of a kind cluster listens on the loopback address
    settings.connection_pool_maxsize = CONNECTIONS
    settings.retries = urllib3.Retry(total=1, connect=0, redirect=0, status=0)
    return kubernetes.client.ApiClient(settings)


@contextlib.contextmanager
def _reachable(where: str) -> Iterator[None]:
    import urllib3.exceptions  # noqa: PLC0415

    try:
        yield
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ApiUnreachable(f"The Kubernetes API does not answer {where}: {error}") from error


def _lines(response: "urllib3.HTTPResponse") -> Iterator[Object]:
    rest = b""
    with _reachable("a watch"):
        for chunk in response.stream(65536, decode_content=True):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in filter(None, lines):
                yield _event(_parsed(line))


def _parsed(line: bytes) -> Object:
    try:
        event: Object = json.loads(line)
    except ValueError:
        # A TLS connection that another thread shuts down gives its last bytes as they came, encrypted.
        raise ApiUnreachable("A watch of the Kubernetes API broke off within an event.") from None
    return event


def _event(event: Object) -> Object:
    if event.get("type") == "ERROR":
        status = event.get("object") or {}
        raise ApiRefused(int(status.get("code", 500)), str(status.get("reason")), str(status.get("message")), "a watch")
    return event


def _refusal(status: int, body: bytes, where: str) -> ApiRefused:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = {"message": body.decode("utf-8", "replace")[:200]}
    kind = _NotFoundError if status == HTTPStatus.NOT_FOUND else ApiRefused
    return kind(status, str(at(answer, "reason", default="")), str(at(answer, "message", default="")), where)


def _with_query(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
