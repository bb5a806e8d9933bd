"""The trace a request belongs to (W3C Trace Context), so that its log lines are found from any other service's."""

import os
import re
from collections.abc import Callable
from typing import NamedTuple

from starlette.types import Scope

PARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


class Trace(NamedTuple):
    """Where a request stands.

    Attributes:
        trace_id: 32 hexadecimal digits, the same in every service that the request passes.
        span_id: 16 hexadecimal digits, of its passage through this one.
    """

    trace_id: str
    span_id: str


Tracer = Callable[[Scope], Trace]


def trace_of(scope: Scope) -> Trace:
    """The trace that the client's `traceparent` names, else a new one; the passage through here is always new."""
    offered = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
    match = PARENT.fullmatch(offered) if offered else None
    if match is None or (offered.startswith(b"00") and match[2] is not None):
        return Trace(os.urandom(16).hex(), os.urandom(8).hex())
    return Trace(match[1].decode(), os.urandom(8).hex())
