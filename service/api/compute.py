"""An expensive computation that is made once: prime numbers.

It needs no login: what it costs is bounded by its range, by the computations at once and by the rate limit, and its
result is the same for everybody, so that shared caches may keep it (RFC 9111).
"""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel
from starlette.responses import Response

from service.api.state import State, StateDep
from service.domain import primes
from service.platform import conditional
from service.platform.cache import Answer
from service.platform.conditional import IfNoneMatch

router = APIRouter(tags=["compute"])

CACHING = {"Cache-Control": "public, max-age=3600"}
# About a second of one processor.
Position = Annotated[int, Path(ge=1, le=50_000)]


class NthPrime(BaseModel):
    """A prime number and its position, 2 being the first."""

    n: int
    prime: int


@router.get("/compute/{n}", response_model=NthPrime)
async def compute(n: Position, state: StateDep, if_none_match: IfNoneMatch = None) -> Response:
    """Compute the n-th prime number; 503 with Retry-After where too many computations are waiting."""
    found = await state["cache"].constant(f"prime:{n}", partial(_compute, state, n))
    if conditional.matches(if_none_match, found.etag):
        return conditional.not_modified(found.etag, CACHING)
    return Response(found.body, media_type="application/json", headers={"ETag": found.etag, **CACHING})


async def _compute(state: State, n: int) -> Answer:
    prime = await state["computing"].run(partial(primes.nth, n))
    return Answer.of(NthPrime(n=n, prime=prime).model_dump_json().encode())
