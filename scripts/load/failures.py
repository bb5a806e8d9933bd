"""The names of the ways in which a request fails, and the record of one that did."""

import errno
import os
from dataclasses import dataclass
from enum import StrEnum

BODY_EXCERPT = 200

_OF_THE_CLIENT = frozenset({errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM})


class FailureClass(StrEnum):
    """One class per phase of a request, so that a class alone says how far the request came."""

    CLIENT = "client"  # this machine ran out of sockets or ports: the proof is void, the service is not to blame
    CONNECT = "connect"  # no connection: refused, unreachable
    RESET = "reset"  # sent, then reset (RST) before the first byte of an answer
    CLOSED = "closed"  # sent, then closed in order (FIN) before the first byte of an answer
    TRUNCATED = "truncated"  # the connection ended, either way, within the answer
    MALFORMED = "malformed"  # not HTTP, or a 201 that names no id
    TIMEOUT = "timeout"  # no complete answer in time, connecting included
    STATUS = "status"  # a complete answer with a status that was not expected


@dataclass(frozen=True, slots=True)
class Failure:
    """One request that failed; it was sent once and never again.

    Attributes:
        at: When the request was due, in seconds from the start of the run.
        took: Seconds from then until the failure was known.
        kind: Name of the request kind.
        method: HTTP method.
        path: Path and query as sent.
        connection: `kept` for a reused or reusable connection, `new` for one of the request's own.
        error: The class of the failure.
        detail: One sentence for people.
        status: Status of the answer, where its head arrived.
        served_by: `X-Served-By` of the answer, where its head arrived.
        request_id: `X-Request-ID` as sent; the service logs it.
        body: The first 200 bytes of the answer's body, undecodable bytes replaced.
    """

    at: float
    took: float
    kind: str
    method: str
    path: str
    connection: str
    error: FailureClass
    detail: str
    status: int | None
    served_by: str | None
    request_id: str
    body: str


class ExchangeError(Exception):
    """A request that got no complete answer."""

    def __init__(self, error: FailureClass, detail: str) -> None:
        super().__init__(detail)
        self.error = error
        self.detail = detail


def connect_failure(error: OSError) -> ExchangeError:
    """Tell a connection that the far side refused from one that this machine could not begin."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    ours = error.errno in _OF_THE_CLIENT
    return ExchangeError(FailureClass.CLIENT if ours else FailureClass.CONNECT, f"no connection: {reason}")
