"""Several slow questions at once."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

WIDTH = 8


def ask_all(question: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """`question` of each of `items`, asked at once, answered in order; the first error is raised."""
    waiting: Sequence[Item] = list(items)
    if len(waiting) < 2:  # noqa: PLR2004 - one question needs no thread
        return [question(item) for item in waiting]
    with ThreadPoolExecutor(min(WIDTH, len(waiting))) as pool:
        return list(pool.map(question, waiting))
