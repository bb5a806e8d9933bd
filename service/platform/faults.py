"""Faults on purpose: answers late or wrong, on some routes, for a while, to see what the clients make of it."""

import asyncio
import itertools
import logging
import random
import re
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Self

from prometheus_client import Counter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from service.platform.errors import NotFoundError, Problem

log = logging.getLogger("service.faults")
LONGEST = 3600  # seconds; whoever forgets one is forgiven after that


class Fault(BaseModel):
    """What shall go wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    route: str = Field(pattern=r"^/[^\s?#]*$", max_length=200)
    """A route's template, such as /api/v1/items/{number}, or the beginning of paths, such as /api."""
    percent: float = Field(default=100, gt=0, le=100)
    """Share of its requests."""
    latency_ms: int | None = Field(default=None, ge=1, le=60_000)
    """How much later they are answered."""
    status: int | None = Field(default=None, ge=400, le=599)
    """What they are answered with, instead of being served."""
    seconds: float = Field(default=300, gt=0, le=LONGEST)
    """When it ends by itself."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.latency_ms is None and self.status is None:
            raise ValueError("give latency_ms, status, or both")
        _pattern(self.route)
        return self


@dataclass(frozen=True)
class Active:
    """A fault that is being injected."""

    fault: Fault
    pattern: re.Pattern[str]
    ends_at: float


class Faults:
    """The faults of this process.

    Args:
        injected: counts them, by kind.
        dice: decides which requests are hit.
        clock: seconds.
    """

    def __init__(
        self,
        injected: Counter,
        dice: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._injected = injected
        self._dice = dice or random.Random()  # noqa: S311 - nobody gains by guessing it
        self._clock = clock
        self._numbers = itertools.count(1)
        self._active: dict[int, Active] = {}

    def __bool__(self) -> bool:
        return bool(self._active)

    def add(self, fault: Fault) -> int:
        """Inject it from now on; the result is its number."""
        number = next(self._numbers)
        self._active[number] = Active(fault, _pattern(fault.route), self._clock() + fault.seconds)
        log.warning("fault begins", extra={"number": number, **fault.model_dump(exclude_none=True)})
        return number

    def remove(self, number: int) -> None:
        """End it.

        Raises:
            NotFoundError: there is none of that number.
        """
        if self._active.pop(number, None) is None:
            raise NotFoundError(f"There is no fault {number}.")
        log.warning("fault ends", extra={"number": number})

    def clear(self) -> None:
        """End all."""
        for number in list(self._active):
            self.remove(number)

    def listed(self) -> Iterator[tuple[int, Fault, float]]:
        """Number, fault and seconds left of each."""
        self._expire()
        now = self._clock()
        return ((number, each.fault, each.ends_at - now) for number, each in self._active.items())

    def choose(self, path: str) -> Fault | None:
        """The fault that hits a request to the path; the first where several would."""
        self._expire()
        for each in self._active.values():
            if each.pattern.match(path) and self._dice.random() * 100 < each.fault.percent:
                return each.fault
        return None

    def count(self, kind: str) -> None:
        """Note that one was injected."""
        self._injected.labels(kind).inc()

    def _expire(self) -> None:
        now = self._clock()
        for number in [number for number, each in self._active.items() if each.ends_at <= now]:
            self.remove(number)


def _pattern(route: str) -> re.Pattern[str]:
    """What the route's paths look like.

    Raises:
        ValueError: the template is none.
    """
    if "{" not in route:
        return re.compile(re.escape(route.rstrip("/")) + r"(/|$)")
    try:
        pattern, _, parameters = compile_path(route)
    except AssertionError:
        parameters = {}
    if not parameters:
        raise ValueError("is no template; write a parameter as {name}")
    return pattern


class FaultLayer:
    """Inject the faults; where there are none, it costs one look.

    Args:
        app: what is inside.
        faults: what to inject.
        exempt: paths never hit.
    """

    def __init__(self, app: ASGIApp, faults: Faults, exempt: Collection[str]) -> None:
        self.app = app
        self.faults = faults
        self.exempt = exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, later or not at all where a fault says so."""
        if self.faults and scope["type"] == "http" and scope["path"] not in self.exempt:
            fault = self.faults.choose(scope["path"])
            if fault and await self._inject(fault):
                await Problem(fault.status or 0, "A fault was injected on purpose.")(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _inject(self, fault: Fault) -> bool:
        """Whether the answer is the fault's own."""
        if fault.latency_ms:
            self.faults.count("latency")
            await asyncio.sleep(fault.latency_ms / 1000)
        if fault.status:
            self.faults.count("status")
        return fault.status is not None
