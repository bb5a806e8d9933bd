"""A load as a thing that is started, watched and stopped from ordinary (blocking) code."""

import asyncio
import threading
import time
from collections import Counter
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from scripts.load.ceiling import Ceiling, measure_ceiling, refuse_beyond
from scripts.load.driver import Driver
from scripts.load.errors import LoadError
from scripts.load.result import LoadResult, Progress
from scripts.load.spec import LoadSpec

_POLL = 0.02
_MARGIN = 10.0


class LoadRun:
    """One load in a thread of its own; as a context manager it starts on entry and is stopped on exit."""

    def __init__(self, spec: LoadSpec, ceiling: Ceiling | None = None) -> None:
        self._spec = spec
        self._ceiling = ceiling
        self._driver = Driver(spec)
        self._outcome: Future[LoadResult] = Future()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._driver.stop()
        if self._thread is not None:
            self._thread.join(self._spec.timeout + _MARGIN)

    def start(self) -> Self:
        """Measure the ceiling (a second) unless one was given, then begin to send.

        Raises:
            LoadRefusedError: The rate is more than the client can be trusted with.
            LoadError: The run was started before.
        """
        if self._thread is not None:
            raise LoadError("This load was started before: make a new LoadRun for each run.")
        ceiling = self._ceiling or measure_ceiling(self._spec.kept_share)
        refuse_beyond(self._spec, ceiling)
        self._thread = threading.Thread(target=self._work, args=(ceiling,), name="slipway-load", daemon=True)
        self._thread.start()
        return self

    @property
    def progress(self) -> Progress:
        """Where the run is now."""
        return self._driver.recorder.progress()

    def wait_for(self, requests: int, seconds: float) -> Progress:
        """Wait until the outcome of at least so many requests is known.

        Raises:
            LoadError: The run ended before, or `seconds` passed.
        """
        deadline = time.monotonic() + seconds
        while (progress := self.progress).requests < requests:
            if self._outcome.done():
                self._outcome.result()
                raise LoadError(f"The load ended after {self.progress.requests} requests, {requests} were waited for.")
            if time.monotonic() > deadline:
                raise LoadError(f"{progress.requests} of {requests} requests were done within {seconds:g} s.")
            time.sleep(_POLL)
        return progress

    def wait(self) -> LoadResult:
        """Wait until the run has reached one of its bounds and give its result.

        Raises:
            LoadError: The run was not started, or outlived its bounds.
        """
        return self._result(self._spec.seconds + self._spec.timeout + _MARGIN)

    def stop(self) -> LoadResult:
        """Send nothing more, complete what is under way and give the result; may be called again.

        Raises:
            LoadError: The run was not started.
        """
        self._driver.stop()
        return self._result(self._spec.timeout + _MARGIN)

    def _result(self, seconds: float) -> LoadResult:
        if self._thread is None:
            raise LoadError("This load was never started: call start() first.")
        try:
            return self._outcome.result(seconds)
        except TimeoutError:
            raise LoadError(f"The load did not end within {seconds:g} s.") from None

    def _work(self, ceiling: Ceiling) -> None:
        try:
            asyncio.run(self._driver.run())
            self._outcome.set_result(self._summary(ceiling))
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that waits for the result
            self._outcome.set_exception(error)

    def _summary(self, ceiling: Ceiling) -> LoadResult:
        recorder = self._driver.recorder
        return LoadResult(
            target=self._spec.target.url,
            rate=self._spec.rate,
            achieved_rate=recorder.achieved_rate(),
            ceiling=ceiling.requests_per_second,
            started_at=recorder.started_at,
            duration=recorder.duration,
            requests=recorder.requests,
            kept=recorder.kept,
            connections=self._driver.connections.opened,
            latency=recorder.latency(),
            late=recorder.late,
            failures=tuple(recorder.failures),
            failures_by_class=dict(Counter(failure.error for failure in recorder.failures)),
            timeline=recorder.timeline(),
            served_by=dict(recorder.served_by),
            writes=self._driver.items.writes(),
        )


def run_load(spec: LoadSpec, ceiling: Ceiling | None = None) -> LoadResult:
    """Run a load until it reaches one of its bounds.

    Raises:
        LoadRefusedError: The rate is more than the client can be trusted with.
    """
    with LoadRun(spec, ceiling) as run:
        return run.wait()
