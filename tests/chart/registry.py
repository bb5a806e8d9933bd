"""A registry of this machine, for blobs and manifests, as the OCI Distribution Specification 1.1 describes it."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Registry(ThreadingHTTPServer):
    """Keeps everything in memory, by its path.

    Attributes:
        kept: Type and bytes of each blob and manifest.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kept: dict[str, tuple[str, bytes]] = {}

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Registry
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Begin an upload: the specification's two steps, POST and then PUT."""
        self._answer(202, headers={"Location": f"{self.path.rstrip('/')}/one"})

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        url = urlsplit(self.path)
        kind = self.headers.get("Content-Type", "application/octet-stream")
        if url.path.endswith("/uploads/one"):
            assert parse_qs(url.query)["digest"] == [digest]
            path = url.path.replace("/uploads/one", f"/{digest}")
        else:
            path = url.path
            self.server.kept[f"{path.rpartition('/')[0]}/{digest}"] = kind, body
        self.server.kept[path] = kind, body
        self._answer(201, headers={"Location": path, "Docker-Content-Digest": digest})

    def do_GET(self) -> None:
        if self.path == "/v2/":
            self._answer(200)
        elif self.path in self.server.kept:
            kind, body = self.server.kept[self.path]
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
            self._answer(200, body, {"Content-Type": kind, "Docker-Content-Digest": digest})
        else:
            self._answer(404)

    do_HEAD = do_GET  # noqa: N815 - as http.server calls it

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def registry() -> Iterator[Registry]:
    """Run one for as long as the block does."""
    with Registry() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
