"""Try a running release as its clients do; the chart's `helm test` runs this in the release's own image."""

import json
import secrets
import sys
import time
from collections.abc import Iterator
from http.client import HTTPException
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from service.check_room import RoomCheckError, told_again

SECONDS = 10
PAUSE_SECONDS = 0.5
SERIES = "http_requests_total"


class CheckFailedError(Exception):
    """The release does not do what it promises."""


def check(url: str, admin: str = "", patience: float = 0.0, reached: str = "") -> int:
    """Print one line per check; the result is the exit code.

    It leaves a user behind, because a user cannot be removed; nobody knows its password.

    Args:
        url: address of the release, http or https.
        admin: address of its admin port, to see its metrics; empty to leave that out.
        patience: seconds in which it may refuse connections before the first is accepted.
        reached: file that is made when one was accepted; empty for none.
    """
    try:
        _reach(url.rstrip("/"), patience)
        if reached:
            Path(reached).touch()
        for line in chain(_checks(url.rstrip("/")), _metrics(admin.rstrip("/")) if admin else ()):
            print(f"ok    {line}")  # noqa: T201 - the answer of a command
    except (CheckFailedError, RoomCheckError, OSError, ValueError, LookupError, HTTPException) as error:
        print(f"FAIL  {url}: {error}", file=sys.stderr)  # noqa: T201 - the answer of a command
        return 1
    return 0


def _reach(url: str, patience: float) -> None:
    """Connect once; the rules of a network that let a new pod through are in force some time after it runs."""
    deadline = time.monotonic() + patience
    while True:
        try:
            _call("GET", f"{url}/health/live", expect=200)
        except OSError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _checks(url: str) -> Iterator[str]:
    dependencies = _call("GET", f"{url}/health/ready", expect=200)["checks"]
    yield f"ready: {', '.join(dependencies)}"
    items = f"{url}/api/v1/items"
    _call("GET", items, expect=401)
    yield "refused a stranger"
    token = _log_in(url)
    yield "registered and logged in"
    item = _call("POST", items, {"name": "release check", "price": 1}, token=token, expect=201)
    address = f"{items}/{item['id']}"
    yield f"created item {item['id']}"
    if _call("GET", address, token=token, expect=200) != item:
        raise CheckFailedError(f"{address} is not what was stored")
    yield "read it back unchanged"
    _call("DELETE", address, token=token, expect=204)
    _call("GET", address, token=token, expect=404)
    yield "deleted it"
    if "redis" in dependencies:
        yield f"told again, through Redis, what was said in a room: {told_again(url, token)}"


def _metrics(admin: str) -> Iterator[str]:
    told = _text("GET", f"{admin}/metrics", expect=200)
    if not any(line.startswith(f"{SERIES}{{") for line in told.splitlines()):
        raise CheckFailedError(f"{admin}/metrics tells no {SERIES}")
    yield f"metrics: {SERIES} and {told.count('# TYPE ') - 1} more"


def _log_in(url: str) -> str:
    email, password = f"check-{secrets.token_hex(8)}@slipway.invalid", secrets.token_urlsafe(24)
    _call("POST", f"{url}/api/v1/users", {"email": email, "name": "release check", "password": password}, expect=201)
    form = urlencode({"username": email, "password": password})
    return str(_call("POST", f"{url}/api/v1/tokens", form, expect=200)["access_token"])


def _call(method: str, address: str, body: object = None, *, token: str = "", expect: int) -> Any:  # noqa: ANN401 - JSON
    text = _text(method, address, body, token=token, expect=expect)
    return json.loads(text) if text else None


def _text(method: str, address: str, body: object = None, *, token: str = "", expect: int) -> str:
    if not address.startswith(("http://", "https://")):
        raise CheckFailedError("is no http or https address")
    request = Request(address, method=method)  # noqa: S310 - checked above
    _fill(request, body, token)
    try:
        with urlopen(request, timeout=SECONDS) as response:  # noqa: S310 - checked above
            status, text = response.status, response.read()
    except HTTPError as error:
        status, text = error.code, error.read()
    if status != expect:
        raise CheckFailedError(f"{method} {address} answered {status} instead of {expect}: {text[:200]!r}")
    return str(text, "utf-8")


def _fill(request: Request, body: object, token: str) -> None:
    """Give the request its token and its body: a text is a form, anything else JSON."""
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    if body is not None:
        kind = "application/x-www-form-urlencoded" if isinstance(body, str) else "application/json"
        request.add_header("Content-Type", kind)
        request.data = (body if isinstance(body, str) else json.dumps(body)).encode()
