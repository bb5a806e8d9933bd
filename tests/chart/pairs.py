"""Rows of choices that hold every pair of them: what two parts of the values do to each other is tried.

A fault of two parts needs both in one release, and few rows are enough for all pairs.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, product

Choice = tuple[str, int]
Pair = frozenset[Choice]
Row = dict[str, int]


def pairs(sizes: Mapping[str, int]) -> Iterator[Pair]:
    """Every pair of choices of two different parts; a part has as many choices as it is large."""
    for one, other in combinations(sizes, 2):
        for first, second in product(range(sizes[one]), range(sizes[other])):
            yield frozenset({(one, first), (other, second)})


def of_row(row: Mapping[str, int]) -> set[Pair]:
    """The pairs that the row holds."""
    return {frozenset(two) for two in combinations(row.items(), 2)}


def rows(sizes: Mapping[str, int], refused: Iterable[Pair] = ()) -> list[Row]:
    """Rows that hold every pair but the refused ones, which none holds.

    Raises:
        ValueError: a pair fits into no row, or not by this way of filling one.
    """
    never = set(refused)
    left = [pair for pair in pairs(sizes) if pair not in never]
    found = []
    while left:
        row = _filled(dict(sorted(left[0])), sizes, set(left), never)
        found.append(row)
        left = [pair for pair in left if pair not in of_row(row)]
    return found


def _filled(row: Row, sizes: Mapping[str, int], left: set[Pair], never: set[Pair]) -> Row:
    """The row with a choice of every other part, each the one that adds most of the pairs that are left."""
    while missing := [part for part in sizes if part not in row]:
        part = min(missing, key=lambda part: len(_possible(row, part, sizes[part], never)))
        possible = _possible(row, part, sizes[part], never)
        if not possible:
            raise ValueError(f"nothing of {part} goes with {row}; change the order of the choices")
        row = {**row, part: max(possible, key=lambda number: len(of_row({**row, part: number}) & left))}
    return row


def _possible(row: Row, part: str, size: int, never: set[Pair]) -> list[int]:
    return [number for number in range(size) if not of_row({**row, part: number}) & never]
