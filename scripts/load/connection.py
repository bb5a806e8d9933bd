"""One connection that carries one request at a time and never repeats one."""

import asyncio
import select

from scripts.load.failures import ExchangeError, FailureClass, connect_failure
from scripts.load.response import Answer, ResponseReader
from scripts.load.target import Target


class Connection(asyncio.Protocol):
    """An HTTP/1.1 client connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._poll = select.poll()

    @classmethod
    async def open(cls, target: Target) -> "Connection":
        """Connect.

        Raises:
            ExchangeError: There is no connection to be had.
        """
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(cls, target.address, target.port)
        except OSError as error:
            raise connect_failure(error) from None
        return connection

    async def exchange(self, request: bytes) -> Answer:
        """Send one request and wait for its answer; a cancelled wait ends the connection.

        Raises:
            ExchangeError: The connection ended or the answer is not HTTP.
        """
        self._reader = ResponseReader(head=request.startswith(b"HEAD "))
        self._waiter = asyncio.get_running_loop().create_future()
        self._open_transport().write(request)
        try:
            return await self._waiter
        except asyncio.CancelledError:
            self.abort()
            raise

    def partial(self) -> Answer | None:
        """Give what arrived of the last answer."""
        return self._reader.partial() if self._reader else None

    def usable(self) -> bool:
        """Whether a request may be sent on this idle connection.

        The socket itself is asked: an end that has arrived but that the event loop has not come round to yet is the
        client's own delay and must not cost a request.
        """
        transport = self._transport
        return transport is not None and not transport.is_closing() and not self._poll.poll(0)

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport and watch its socket."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"a stream transport is needed, not {type(transport).__name__}")
        self._transport = transport
        self._poll.register(transport.get_extra_info("socket"), select.POLLIN | select.POLLRDHUP)

    def data_received(self, data: bytes) -> None:
        """Pass bytes to the answer that is awaited; bytes that nobody asked for end the connection."""
        if self._reader is None or self._waiter is None:
            self.abort()
            return
        try:
            self._reader.feed(data)
        except ExchangeError as error:
            self._fail(error)
        else:
            self._deliver(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        """Settle the request that was under way: an answer that ends with the connection, or a failure."""
        self._transport = None
        if self._waiter is None or self._reader is None:
            return
        if exc is None:
            self._reader.finish()
        if self._reader.answer is None:
            self._fail(_loss(exc, self._reader.received))
        else:
            self._deliver(self._reader)

    def _open_transport(self) -> asyncio.Transport:
        if self._transport is None:
            raise ExchangeError(FailureClass.CLOSED, "closed before the request was sent")
        return self._transport

    def _deliver(self, reader: ResponseReader) -> None:
        if reader.answer is None:
            return
        if not reader.keep_alive and self._transport is not None:
            self._transport.close()
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(reader.answer)

    def _fail(self, error: ExchangeError) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(error)
        self.abort()


def _loss(exc: Exception | None, received: int) -> ExchangeError:
    how = "closed" if exc is None else f"reset ({exc})"
    if received:
        return ExchangeError(FailureClass.TRUNCATED, f"connection {how} after {received} bytes of the answer")
    error = FailureClass.CLOSED if exc is None else FailureClass.RESET
    return ExchangeError(error, f"connection {how} before the answer began")
