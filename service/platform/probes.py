"""Health for the kubelet and for people; all async, and answered from what a background task last saw.

Liveness says that the event loop turns and nothing else: a database outage must not restart every pod.
Readiness says whether to send requests here: started, not draining, and every dependency passed its last check.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from anyio.to_thread import current_default_thread_limiter
from prometheus_client import Gauge
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.platform.background import running
from service.platform.errors import Problem
from service.platform.lifecycle import Lifecycle

log = logging.getLogger("service.probes")
NAP_SECONDS = 0.1
MEMORY_SECONDS = 15.0  # about as often as Prometheus asks
Check = Callable[[], Awaitable[str]]
PATHS = frozenset({"/health", "/health/live", "/health/ready", "/health/startup", "/livez", "/readyz", "/healthz"})


class UnfitError(Exception):
    """A dependency answers and cannot be used; the text is shown to whoever asks."""


@dataclass(frozen=True)
class Result:
    """What one check saw; `output` holds no address, user or statement."""

    fit: bool
    output: str

    @property
    def body(self) -> dict[str, str]:
        """The result for a health document."""
        return {"status": "pass" if self.fit else "fail", "output": self.output}


@dataclass
class Health:
    """The state that the probes show.

    Attributes:
        checks: one per dependency: returns a word for people, or raises where the dependency is unfit.
        lag_gauge: receives how late the event loop woke, in seconds.
        threads_gauge: receives how many of AnyIO's own threads are in use.
        fit_gauge: receives what each check saw: nobody is served by a pod that is not ready, so nothing else tells.
        interval: seconds between rounds of checks.
        bound: longest time one check may take, in seconds.
        facts: what people are shown besides; none of it makes the service unready.
    """

    lifecycle: Lifecycle
    checks: Mapping[str, Check]
    lag_gauge: Gauge
    threads_gauge: Gauge
    fit_gauge: Gauge
    interval: float = 2.0
    bound: float = 1.5
    facts: dict[str, Callable[[], object]] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    lag: float = 0.0

    @property
    def ready(self) -> bool:
        """Whether requests are welcome here."""
        fit = all(result.fit for result in self.results.values())
        return self.lifecycle.started and not self.lifecycle.draining and fit

    async def refresh(self) -> None:
        """Run every check, side by side."""
        results = await asyncio.gather(*(self._run(name, check) for name, check in self.checks.items()))
        self.results = dict(zip(self.checks, results, strict=True))

    async def _run(self, name: str, check: Check) -> Result:
        try:
            async with asyncio.timeout(self.bound):
                return self._note(name, Result(fit=True, output=await check()))
        except TimeoutError:
            return self._note(name, Result(fit=False, output=f"no answer within {self.bound:g} s"))
        except UnfitError as error:
            return self._note(name, Result(fit=False, output=str(error)))
        except Exception as error:  # noqa: BLE001 - whatever a driver raises, the verdict is the same
            return self._note(name, Result(fit=False, output="unreachable"), cause=str(error))

    def _note(self, name: str, result: Result, **details: str) -> Result:
        self.fit_gauge.labels(name).set(result.fit)
        before = self.results.get(name)
        if (before is None and not result.fit) or (before is not None and before.fit != result.fit):
            level = logging.INFO if result.fit else logging.WARNING
            log.log(level, "dependency changed", extra={"dependency": name, **result.body, **details})
        return result

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Check once, then again and again while the block runs."""
        await self.refresh()
        async with running(self._watch()), running(self._watch_loop()):
            yield

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.interval)
            await self.refresh()

    async def _watch_loop(self) -> None:
        """Remember the worst of the last moments: whoever asks now and then shall see what was in between."""
        lags: deque[float] = deque(maxlen=round(MEMORY_SECONDS / NAP_SECONDS))
        while True:
            before = time.monotonic()
            await asyncio.sleep(NAP_SECONDS)
            lags.append(max(0.0, time.monotonic() - before - NAP_SECONDS))
            self.lag = max(lags)
            self.lag_gauge.set(self.lag)
            self.threads_gauge.set(current_default_thread_limiter().borrowed_tokens)

    def document(self) -> dict[str, object]:
        """All of it, for people."""
        return {
            "draining": self.lifecycle.draining,
            "event_loop_lag_seconds": round(self.lag, 4),
            "checks": {name: result.body for name, result in self.results.items()},
            **{name: tell() for name, tell in self.facts.items()},
        }


def answer(*, fit: bool, detail: str, **body: object) -> Response:
    """A health document where all is well, else a problem document with the same members."""
    if not fit:
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, extensions=body)
    return JSONResponse({"status": "pass", **body}, headers={"Cache-Control": "no-store"})


def routes(health: Health) -> list[Route]:
    """The probes' routes, for either listener; `/livez`, `/readyz` and `/healthz` are the Kubernetes spellings."""

    async def live(_request: Request) -> Response:
        return answer(fit=True, detail="")  # answering is the proof

    async def ready(_request: Request) -> Response:
        return answer(fit=health.ready, detail=_why_not_ready(health), **health.document())

    async def startup(_request: Request) -> Response:
        return answer(fit=health.lifecycle.started, detail="The service is starting.")

    endpoints = {
        live: ("/health/live", "/livez"),
        startup: ("/health/startup",),
        ready: ("/health/ready", "/readyz", "/health", "/healthz"),
    }
    return [Route(path, endpoint) for endpoint, paths in endpoints.items() for path in paths]


def _why_not_ready(health: Health) -> str:
    if health.lifecycle.draining:
        return "The service is draining."
    if not health.lifecycle.started:
        return "The service is starting."
    unfit = [f"{name}: {result.output}" for name, result in health.results.items() if not result.fit]
    return f"Not ready ({'; '.join(unfit)})."
