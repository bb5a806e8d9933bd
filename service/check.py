"""Try a running release as its clients do; the chart's `helm test` runs this in the release's own image."""

import json
import sys
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

SECONDS = 10


class CheckFailedError(Exception):
    """The release does not do what it promises."""


def check(url: str) -> int:
    """Print one line per check; the result is the exit code.

    Args:
        url: address of the release, http or https.
    """
    try:
        for line in _checks(url.rstrip("/")):
            print(f"ok    {line}")  # noqa: T201 - the answer of a command
    except (CheckFailedError, OSError, ValueError, HTTPException) as error:
        print(f"FAIL  {url}: {error}", file=sys.stderr)  # noqa: T201 - the answer of a command
        return 1
    return 0


def _checks(url: str) -> Iterator[str]:
    _call("GET", f"{url}/health/ready", expect=200)
    yield "ready: every dependency answers"
    item = _call("POST", f"{url}/api/v1/items", {"name": "release check", "price": 1}, expect=201)
    address = f"{url}/api/v1/items/{item['id']}"
    yield f"created item {item['id']}"
    if _call("GET", address, expect=200) != item:
        raise CheckFailedError(f"{address} is not what was stored")
    yield "read it back unchanged"
    _call("DELETE", address, expect=204)
    _call("GET", address, expect=404)
    yield "deleted it"


def _call(method: str, address: str, body: object = None, *, expect: int) -> Any:  # noqa: ANN401 - JSON
    if not address.startswith(("http://", "https://")):
        raise CheckFailedError("is no http or https address")
    data = json.dumps(body).encode() if body is not None else None
    request = Request(address, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - checked above
    try:
        with urlopen(request, timeout=SECONDS) as response:  # noqa: S310 - checked above
            status, text = response.status, response.read()
    except HTTPError as error:
        status, text = error.code, error.read()
    if status != expect:
        raise CheckFailedError(f"{method} {address} answered {status} instead of {expect}: {text[:200]!r}")
    return json.loads(text) if text else None
