"""The items that a run made: which exist for sure, which are gone for sure, and which nobody can know about."""

from collections import deque
from dataclasses import dataclass

ItemId = int | str


@dataclass(frozen=True, slots=True)
class Writes:
    """The items of a run by what was acknowledged, each in the order of acknowledgement.

    Attributes:
        created: A 201 with this id was received.
        deleted: Also deleted, acknowledged.
        uncertain: A delete was sent and failed; it may or may not have been carried out.
    """

    created: tuple[ItemId, ...]
    deleted: tuple[ItemId, ...]
    uncertain: tuple[ItemId, ...]

    @property
    def surviving(self) -> tuple[ItemId, ...]:
        """Items that must exist now; one that does not is a lost write."""
        gone = {*self.deleted, *self.uncertain}
        return tuple(item for item in self.created if item not in gone)


class ItemPool:
    """Lends items out one request at a time, so that no delete overtakes a read of the same item."""

    def __init__(self) -> None:
        self._free: deque[ItemId] = deque()
        self._created: list[ItemId] = []
        self._deleted: list[ItemId] = []
        self._uncertain: list[ItemId] = []

    def take(self) -> ItemId | None:
        """Lend the item that has been free for the longest; None where none is free."""
        return self._free.popleft() if self._free else None

    def give_back(self, item: ItemId) -> None:
        """Return a lent item that still exists."""
        self._free.append(item)

    def created(self, item: ItemId) -> None:
        """Note an acknowledged creation."""
        self._created.append(item)
        self._free.append(item)

    def removed(self, item: ItemId, *, acknowledged: bool) -> None:
        """Note that a lent item was deleted, or may have been."""
        (self._deleted if acknowledged else self._uncertain).append(item)

    def writes(self) -> Writes:
        """Give what is known now."""
        return Writes(tuple(self._created), tuple(self._deleted), tuple(self._uncertain))
