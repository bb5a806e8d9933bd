"""A live copy of collections of the API: list, then watch from that version, list again when it is too old."""

import threading
from collections.abc import Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Self

from scripts.core.deadline import Deadline
from scripts.core.errors import ApiRefused, ApiUnreachable
from scripts.core.kube import Api
from scripts.core.objects import Object, at, uid_of
from scripts.core.resources import path_of

# One watch call lasts less than the five minutes after which servers and proxies cut it.
WATCH_SECONDS = 240
RECONNECT_SECONDS = 0.5


class Mirror:
    """A copy of several collections that threads keep up to date inside a `with`.

    Args:
        api: Where they are read.
        kinds: The kinds to copy, of all namespaces.
        patience: Seconds without an answer after which the API counts as lost.
    """

    def __init__(self, api: Api, kinds: Sequence[str], patience: float = 30.0) -> None:
        self._api = api
        self._patience = patience
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._objects: dict[str, dict[str, Object]] = {kind: {} for kind in kinds}
        self._lost: Exception | None = None
        self._news = False
        self._listed: set[str] = set()

    def __enter__(self) -> Self:
        for kind in self._objects:
            threading.Thread(target=self._follow, args=(kind,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._api.end_watches()

    def objects(self, kind: str) -> list[Object]:
        """The objects of `kind` as they are now."""
        with self._changed:
            return list(self._objects[kind].values())

    @property
    def whole(self) -> bool:
        """Whether every collection has been read once: before that, what is missing says nothing."""
        with self._changed:
            return self._listed == set(self._objects)

    def wait(self, seconds: float) -> None:
        """Return at the next change, at the latest after `seconds`.

        Raises:
            ApiUnreachable: The API has not answered for `patience` seconds.
            ApiRefused: The API refuses the watch.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._news or self._lost is not None, seconds)
            self._news = False
            if self._lost:
                raise self._lost

    def _follow(self, kind: str) -> None:
        silence: Deadline | None = None
        while not self._stopping.is_set():
            try:
                version = self._relist(kind)
                silence = None
                self._stream(kind, version)
            except (ApiUnreachable, ApiRefused) as error:
                silence = silence or Deadline(self._patience)
                if silence.passed or _is_final(error):
                    self._give_up(error)
                    return
                self._stopping.wait(RECONNECT_SECONDS)

    def _relist(self, kind: str) -> str:
        found = self._api.list(path_of(kind))
        with self._changed:
            self._objects[kind] = {uid_of(thing): thing for thing in found.items}
            self._listed.add(kind)
            self._tell()
        return found.version

    def _stream(self, kind: str, version: str) -> None:
        for event in self._api.watch(path_of(kind), version, WATCH_SECONDS):
            if self._stopping.is_set():
                return
            self._apply(kind, str(event.get("type")), event.get("object") or {})

    def _apply(self, kind: str, change: str, thing: Object) -> None:
        if change == "BOOKMARK":
            return
        with self._changed:
            if change == "DELETED":
                self._objects[kind].pop(uid_of(thing), None)
            elif not _is_older(thing, self._objects[kind].get(uid_of(thing))):
                self._objects[kind][uid_of(thing)] = thing
            self._tell()

    def _give_up(self, error: Exception) -> None:
        with self._changed:
            self._lost = error
            self._tell()

    def _tell(self) -> None:
        self._news = True
        self._changed.notify_all()


def _is_older(new: Object, known: Object | None) -> bool:
    def version(thing: Object | None) -> int:
        text = str(at(thing, "metadata", "resourceVersion", default="0"))
        return int(text) if text.isdigit() else 0

    return version(new) < version(known)


def _is_final(error: Exception) -> bool:
    return isinstance(error, ApiRefused) and error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
