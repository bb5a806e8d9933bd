"""Renders docs/guide.md from the promises."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from tests.prove.promises import ROOT, Promise

PATH = ROOT / "docs" / "guide.md"
HEAD = """# The guide, section by section

What the FastAPI Advanced Guide shows, the way it is done here, and the test that fails without it. This page is
written from [promises.toml](../tests/prove/promises.toml) by `python -m tests.prove --write`; `make prove` runs every
test named here, takes each behaviour out, and expects the test to fail. What goes beyond the guide stands at the end.
"""


def render(promises: Iterable[Promise]) -> str:
    """The page."""
    return "\n".join([HEAD, *_chapters(promises)]) + "\n"


def _chapters(promises: Iterable[Promise]) -> Iterator[str]:
    for chapter, rows in groupby(promises, key=lambda promise: promise.chapter):
        yield f"## {chapter}\n"
        yield "| Guide | Here | Module | Setting | Test |"
        yield "| --- | --- | --- | --- | --- |"
        yield from map(_row, rows)
        yield ""


def _row(promise: Promise) -> str:
    modules = "<br>".join(f"[{path}](../{path})" for path in promise.modules)
    settings = "<br>".join(f"`{name}`" if name != "none" else name for name in promise.settings)
    tests = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in promise.tests)
    return f"| {promise.section} | {promise.how} | {modules} | {settings} | {tests} |"
