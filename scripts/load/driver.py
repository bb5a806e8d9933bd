"""Sends requests when they are due, whatever became of those before (open model)."""

import asyncio
import json
import time

from scripts.load.connection import Connection
from scripts.load.failures import BODY_EXCERPT, ExchangeError, Failure, FailureClass
from scripts.load.items import ItemId, ItemPool
from scripts.load.orders import Order, Orders
from scripts.load.pool import Connections
from scripts.load.recorder import Recorder
from scripts.load.response import Answer
from scripts.load.spec import LoadSpec

_NAP = 0.1
_GRACE = 1.0


class Driver:
    """One run on one event loop.

    Attributes:
        recorder: The outcomes.
        items: The items made.
        connections: The connections in use.
    """

    def __init__(self, spec: LoadSpec) -> None:
        self.recorder = Recorder()
        self.items = ItemPool()
        self.connections = Connections(spec.target, spec.connections)
        self._spec = spec
        self._orders = Orders(spec, self.items)
        self._stopping = False

    def stop(self) -> None:
        """Send nothing more; what is under way is completed. Safe to call from another thread."""
        self._stopping = True

    async def run(self) -> None:
        """Send until a bound is reached or `stop`, then wait for what is under way, at most the timeout."""
        start = self.recorder.begin()
        async with asyncio.TaskGroup() as group:
            for index in range(self._spec.most_requests):
                due = start + index / self._spec.rate
                if not await self._reached(due):
                    break
                group.create_task(self.send(index, due))
        self.connections.close()

    async def send(self, index: int, due: float) -> None:
        """Send one request once and record its outcome."""
        order = self._orders.next(index)
        self.recorder.sent(due, kept=order.kept)
        try:
            answer = await self._attempt(order)
            self._judge(order, answer)
        except _AttemptError as error:
            self._release(order, acknowledged=False)
            self.recorder.failed(due, self._failure(order, due, error))
        else:
            self.recorder.succeeded(due, answer.served_by)

    async def _reached(self, due: float) -> bool:
        """Wait until `due`; False where the run is stopped or over its time before that."""
        await asyncio.sleep(0)
        while not self._stopping and (left := due - time.monotonic()) > 0:  # noqa: ASYNC110 - stop() is of another thread
            await asyncio.sleep(min(left, _NAP))
        return not self._stopping and self.recorder.progress().seconds <= self._spec.seconds + _GRACE

    async def _attempt(self, order: Order) -> Answer:
        connection: Connection | None = None
        try:
            async with asyncio.timeout(self._spec.timeout):
                connection = await self.connections.take(kept=order.kept)
                answer = await connection.exchange(order.wire)
        except TimeoutError:
            detail = f"{_phase(connection)} after {self._spec.timeout:g} s"
            raise _AttemptError(FailureClass.TIMEOUT, detail, _partial(connection)) from None
        except ExchangeError as error:
            raise _AttemptError(error.error, error.detail, _partial(connection)) from None
        finally:
            if connection is not None:
                self.connections.give_back(connection, kept=order.kept)
        return answer

    def _judge(self, order: Order, answer: Answer) -> None:
        if answer.status not in order.kind.expect:
            wanted = ", ".join(map(str, sorted(order.kind.expect)))
            raise _AttemptError(FailureClass.STATUS, f"status {answer.status}, expected {wanted}", answer)
        if order.kind.creates:
            self.items.created(_created_id(answer))
        self._release(order, acknowledged=True)

    def _release(self, order: Order, *, acknowledged: bool) -> None:
        if order.item is None:
            return
        if order.kind.removes:
            self.items.removed(order.item, acknowledged=acknowledged)
        else:
            self.items.give_back(order.item)

    def _failure(self, order: Order, due: float, error: "_AttemptError") -> Failure:
        partial = error.partial
        return Failure(
            at=self.recorder.offset(due),
            took=time.monotonic() - due,
            kind=order.kind.name,
            method=order.kind.method,
            path=order.path,
            connection="kept" if order.kept else "new",
            error=error.error,
            detail=error.detail,
            status=partial.status if partial else None,
            served_by=partial.served_by if partial else None,
            request_id=order.request_id,
            body=partial.body[:BODY_EXCERPT].decode(errors="replace") if partial else "",
        )


class _AttemptError(ExchangeError):
    """A failed request together with as much of an answer as arrived."""

    def __init__(self, error: FailureClass, detail: str, partial: Answer | None) -> None:
        super().__init__(error, detail)
        self.partial = partial


def _phase(connection: Connection | None) -> str:
    if connection is None:
        return "not connected"
    return "no answer" if connection.partial() is None else "answer incomplete"


def _partial(connection: Connection | None) -> Answer | None:
    return connection.partial() if connection else None


def _created_id(answer: Answer) -> ItemId:
    try:
        item = json.loads(answer.body)["id"]
    except (ValueError, TypeError, LookupError):
        item = None
    if isinstance(item, int | str):
        return item
    raise _AttemptError(FailureClass.MALFORMED, "status 201, but the body is no JSON object with an id", answer)
