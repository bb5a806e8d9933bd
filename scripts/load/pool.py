"""Kept connections, used in turn, and new ones."""

from collections import deque

from scripts.load.connection import Connection
from scripts.load.target import Target


class Connections:
    """The connections of one run.

    Kept connections are used in turn, the one idle for the longest first, so that every one of them lives through a
    rollout instead of one doing all the work.
    """

    def __init__(self, target: Target, width: int) -> None:
        self.opened = 0
        self._target = target
        self._width = width
        self._idle: deque[Connection] = deque()
        self._busy = 0

    async def take(self, *, kept: bool) -> Connection:
        """Give a connection for one request: an idle kept one where there is one, else a new one.

        Raises:
            ExchangeError: A new one was needed and could not be opened.
        """
        reusable = self._reusable() if kept else None
        if reusable is None:
            self.opened += 1
            reusable = await Connection.open(self._target)
        self._busy += kept
        return reusable

    def give_back(self, connection: Connection, *, kept: bool) -> None:
        """Take a connection back; it is kept where it may be, ended otherwise."""
        self._busy -= kept
        if kept and connection.usable():
            self._idle.append(connection)
        else:
            connection.abort()

    def close(self) -> None:
        """End the idle connections."""
        while self._idle:
            self._idle.popleft().abort()

    def _reusable(self) -> Connection | None:
        if self._busy + len(self._idle) < self._width:
            return None
        while self._idle:
            connection = self._idle.popleft()
            if connection.usable():
                return connection
            connection.abort()
        return None
