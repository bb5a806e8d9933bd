"""Reads one HTTP/1.1 response (RFC 9112); httptools does the parsing."""

from dataclasses import dataclass

import httptools

from scripts.load.failures import ExchangeError, FailureClass

_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
_FINAL = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """As much of a response as a load needs."""

    status: int
    served_by: str | None
    body: bytes


class ResponseReader:
    """Takes bytes as they come; interim (1xx) responses are passed over.

    Args:
        head: The request was a HEAD, which the parser cannot know: no body follows, whatever length is stated
            (RFC 9112, 6.3).

    Attributes:
        received: Bytes taken so far.
        answer: The response once it is complete.
        keep_alive: Whether another request may follow on the connection; settled once `answer` is there.
    """

    def __init__(self, *, head: bool = False) -> None:
        self._head = head
        self.received = 0
        self.answer: Answer | None = None
        self.keep_alive = False
        self._parser = httptools.HttpResponseParser(self)
        self._status: int | None = None
        self._served_by: str | None = None
        self._framed = False
        self._body: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            ExchangeError: They are not a response. Bytes after a complete response only end the connection's use.
        """
        self.received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.keep_alive = False
            if self.answer is None:
                raise ExchangeError(FailureClass.MALFORMED, f"not an HTTP response: {error}") from None

    def finish(self) -> None:
        """Take the end of the connection, which completes a response that states no length (RFC 9112, 6.3)."""
        if self.answer is None and self._status is not None and not self._framed:
            self.on_message_complete()

    def partial(self) -> Answer | None:
        """Give what arrived; None where not even the head did."""
        if self.answer is not None or self._status is None:
            return self.answer
        return Answer(self._status, self._served_by, b"".join(self._body))

    def on_message_begin(self) -> None:
        """Note that a second response follows the one that was asked for: the connection is out of step."""
        if self.answer is not None:
            self.keep_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the few fields that matter."""
        lower = name.lower()
        if lower in _FRAMING:
            self._framed = True
        elif lower == b"x-served-by" and self.answer is None:
            self._served_by = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Learn the status; the parser knows only here whether the connection may be kept."""
        status = self._parser.get_status_code()
        if self.answer is None and status >= _FINAL:
            self._status = status
            self.keep_alive = self._parser.should_keep_alive()
            if self._head:
                self.on_message_complete()

    def on_body(self, data: bytes) -> None:
        """Collect the body; one that may not be there puts the connection out of step."""
        if self.answer is None:
            self._body.append(data)
        else:
            self.keep_alive = False

    def on_message_complete(self) -> None:
        """Complete the answer, unless this was an interim response."""
        if self.answer is None and self._status is not None:
            self.answer = Answer(self._status, self._served_by, b"".join(self._body))
