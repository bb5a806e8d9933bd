"""The promises as data: what the guide asks for, where it is done, and what must turn red without it."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("promises.toml")


@dataclass(frozen=True)
class Mutation:
    """One change that takes a behaviour out.

    Attributes:
        file: Path below the root.
        find: Text that stands there exactly once.
        replace: What stands there instead.
    """

    file: str
    find: str
    replace: str

    def apply(self, root: Path) -> None:
        """Change the file below `root`.

        Raises:
            ValueError: The text is not there exactly once, so the mutation says nothing any more.
        """
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.find) != 1:
            raise ValueError(f"{self.file}: {self.find!r} stands there {text.count(self.find)} times instead of once")
        path.write_text(text.replace(self.find, self.replace), encoding="utf-8")


@dataclass(frozen=True)
class Promise:
    """One section or numbered practice of the guide, or what goes beyond it.

    Attributes:
        chapter: Chapter of the guide.
        section: Section or practice, as the guide names it.
        how: What is done instead of the guide's own way, in a sentence.
        modules: Files that do it.
        settings: Names of settings or chart values; never empty: "none" says that nothing can be set.
        tests: pytest node ids that pass, and of which at least one fails under each mutation.
        mutations: Changes that take the behaviour out, each tried by itself.
    """

    chapter: str
    section: str
    how: str
    modules: tuple[str, ...]
    settings: tuple[str, ...]
    tests: tuple[str, ...]
    mutations: tuple[Mutation, ...]


def promises() -> tuple[Promise, ...]:
    """All of them, in the guide's order."""
    return tuple(_promise(**row) for row in rows(SOURCE))


def rows(source: Path) -> Iterator[dict[str, Any]]:
    """The tables `[[promises]]` of a TOML file, in its order, each list in them as a tuple."""
    with source.open("rb") as file:
        tables = tomllib.load(file)["promises"]
    for table in tables:
        yield {name: tuple(cell) if isinstance(cell, list) else cell for name, cell in table.items()}


def _promise(mutations: Iterable[dict[str, str]], **cells: Any) -> Promise:
    return Promise(**cells, mutations=tuple(Mutation(**change) for change in mutations))
