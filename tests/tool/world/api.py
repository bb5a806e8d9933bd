"""A small Kubernetes API on the loopback address: objects, lists, watches, merge patches and label selectors."""

import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

Thing = dict[str, Any]
Hook = Callable[[str, Thing], None]

SUBRESOURCES = {"log", "status", "scale"}


@dataclass(frozen=True)
class Place:
    """What a path points at."""

    collection: str
    namespace: str
    name: str
    subresource: str


def parse(path: str) -> Place:
    parts = path.strip("/").split("/")
    head = 2 if parts[0] == "api" else 3
    prefix, rest = "/".join(parts[:head]), parts[head:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    name = rest[1] if len(rest) > 1 else ""
    return Place(f"/{prefix}/{rest[0]}", namespace, name, rest[2] if len(rest) > 2 else "")


@dataclass
class FakeApi:
    """The store, and the server in front of it.

    Attributes:
        down: Whether it answers everything with 503, and lets no watch go on.
        logs: What containers say, by pod.
        on_write: Called after each object that is created or changed: the controllers of this world.
        on_list: Called with each collection that is listed, before the answer.
        writes: Every request that was not a GET.
        expired: Watches from a version up to this one are answered with 410.
    """

    down: bool = False
    logs: dict[str, str] = field(default_factory=dict)
    on_write: Hook | None = None
    on_list: Callable[[str], object] | None = None
    writes: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    expired: int = -1

    def __post_init__(self) -> None:
        self._objects: dict[tuple[str, str, str], Thing] = {}
        self._events: list[tuple[int, str, str, Thing]] = []
        self._versions = count(100)
        self._version = 99
        self._uids = count(1)
        self._changed = threading.Condition(threading.RLock())
        self._closed = False
        self._server = Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def get(self, path: str) -> Thing | None:
        place = parse(path)
        with self._changed:
            return deepcopy(self._objects.get((place.collection, place.namespace, place.name)))

    def put(self, collection: str, thing: Thing, namespace: str = "") -> Thing:
        """Create or replace, as a controller would; returns what is stored."""
        with self._changed:
            thing = deepcopy(thing)
            meta = thing.setdefault("metadata", {})
            namespace = meta.get("namespace", namespace)
            key = (collection, namespace, meta["name"])
            known = self._objects.get(key)
            if namespace:
                meta["namespace"] = namespace
            meta.setdefault("uid", (known or {}).get("metadata", {}).get("uid", f"uid-{next(self._uids)}"))
            meta.setdefault("creationTimestamp", datetime.now(UTC).isoformat())
            before = (known or {}).get("metadata", {}).get("generation", 0)
            if known and "status" in known:
                thing.setdefault("status", known["status"])
            changed = known is None or known.get("spec") != thing.get("spec")
            meta["generation"] = before + 1 if changed else before
            self._store(key, thing, "MODIFIED" if known else "ADDED")
        if self.on_write and changed:
            self.on_write(collection, deepcopy(thing))
        return thing

    def set_status(self, collection: str, namespace: str, name: str, status: Thing) -> None:
        with self._changed:
            thing = deepcopy(self._objects[collection, namespace, name])
            thing["status"] = status
            self._store((collection, namespace, name), thing, "MODIFIED")

    def remove(self, collection: str, namespace: str, name: str) -> None:
        with self._changed:
            thing = self._objects.pop((collection, namespace, name), None)
            if thing:
                self._record("DELETED", collection, thing)

    def items(self, collection: str, namespace: str = "", selector: str = "") -> list[Thing]:
        wanted = [part.split("=", 1) for part in selector.split(",") if part]
        with self._changed:
            return [
                deepcopy(thing)
                for (place, space, _), thing in self._objects.items()
                if place == collection
                and namespace in {"", space}
                and all(thing["metadata"].get("labels", {}).get(k) == v for k, v in wanted)
            ]

    def clear(self) -> None:
        with self._changed:
            self._objects.clear()
            self._events.clear()

    def list_asked(self, collection: str) -> None:
        self.lists.append(collection)
        if self.on_list:
            self.on_list(collection)

    def version(self) -> str:
        return str(self._version)

    def follow(self, collection: str, version: int) -> Iterator[Thing | None]:
        """Watch events after `version`; None now and then, where there is nothing to tell."""
        seen = 0
        while not self._closed and not self.down:
            with self._changed:
                fresh = self._events[seen:]
                seen += len(fresh)
                if not fresh:
                    self._changed.wait(0.2)
            yield from ({"type": t, "object": o} for v, t, c, o in fresh if c == collection and v > version)
            yield None

    def _store(self, key: tuple[str, str, str], thing: Thing, change: str) -> None:
        self._objects[key] = thing
        self._record(change, key[0], thing)

    def _record(self, change: str, collection: str, thing: Thing) -> None:
        self._version = next(self._versions)
        thing["metadata"]["resourceVersion"] = str(self._version)
        self._events.append((self._version, change, collection, deepcopy(thing)))
        self._changed.notify_all()


def merge(old: Any, new: Any) -> Any:
    """RFC 7396."""
    if not isinstance(new, dict):
        return new
    merged = dict(old) if isinstance(old, dict) else {}
    for key, value in new.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


class Server(ThreadingHTTPServer):
    """The server of one store."""

    daemon_threads = True

    def __init__(self, api: FakeApi) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.api = api


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for the store of its server."""

    server: Server
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if self.server.api.down:
            self._refuse(503, "ServiceUnavailable")
        elif url.path == "/readyz":
            self._answer(200, b"ok", "text/plain")
        elif query.get("watch"):
            self._watch(parse(url.path), int(query["resourceVersion"]))
        else:
            self._read(url.path, query)

    def do_POST(self) -> None:
        body, place = self._body(), parse(self.path)
        path = f"{self.path}/{body['metadata']['name']}"
        if self.server.api.get(path):
            self._refuse(409, "AlreadyExists")
            return
        self.server.api.writes.append(f"POST {path}")
        self._json(201, self.server.api.put(place.collection, body, place.namespace))

    def do_PATCH(self) -> None:
        path = urllib.parse.urlsplit(self.path).path
        body, place = self._body(), parse(path)
        known = self.server.api.get(path)
        if known is None:
            self._refuse(404, "NotFound")
            return
        self.server.api.writes.append(f"PATCH {self.path}")
        self._json(200, self.server.api.put(place.collection, merge(known, body), place.namespace))

    def do_DELETE(self) -> None:
        path = urllib.parse.urlsplit(self.path).path
        place = parse(path)
        if self.server.api.get(path) is None:
            self._refuse(404, "NotFound")
            return
        self.server.api.writes.append(f"DELETE {path}")
        self.server.api.remove(place.collection, place.namespace, place.name)
        self._json(200, {"kind": "Status", "status": "Success"})

    def _read(self, path: str, query: dict[str, str]) -> None:
        place = parse(path)
        if place.subresource == "log":
            self._log(place, query)
        elif place.name:
            thing = self.server.api.get(path)
            self._json(200, thing) if thing else self._refuse(404, "NotFound")
        else:
            self.server.api.list_asked(place.collection)
            items = self.server.api.items(place.collection, place.namespace, query.get("labelSelector", ""))
            self._json(200, {"items": items, "metadata": {"resourceVersion": self.server.api.version()}})

    def _log(self, place: Place, query: dict[str, str]) -> None:
        key = f"{place.name}/previous" if query.get("previous") == "true" else place.name
        if key in self.server.api.logs:
            self._answer(200, self.server.api.logs[key].encode(), "text/plain")
        else:
            self._refuse(400, "BadRequest")

    def _watch(self, place: Place, version: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        if version <= self.server.api.expired:
            status = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}
            self._chunk({"type": "ERROR", "object": status})
            self.wfile.write(b"0\r\n\r\n")
            return
        try:
            for event in self.server.api.follow(place.collection, version):
                self._chunk(event or {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "0"}}})
        except OSError:
            return

    def _chunk(self, event: Thing) -> None:
        line = json.dumps(event).encode() + b"\n"
        self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
        self.wfile.flush()

    def _body(self) -> Thing:
        body: Thing = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return body

    def _refuse(self, status: int, reason: str) -> None:
        self._json(status, {"kind": "Status", "code": status, "reason": reason, "message": reason.lower()})

    def _json(self, status: int, body: Thing) -> None:
        self._answer(status, json.dumps(body).encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
