"""`python -m tests.prove [WORDS]`: every test passes as the code is, and fails without its behaviour.

WORDS choose promises whose section holds one of them. `--write` renders docs/guide.md instead. Exit code 1 where a
promise is not proven.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from tests.prove import guide
from tests.prove.promises import Mutation, Promise, promises
from tests.prove.trial import Outcome, tree, try_tests

TAIL = 2000


def main() -> int:
    """Prove; the result is the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("words", nargs="*", help="only promises whose section holds one of these")
    parser.add_argument("--write", action="store_true", help="write docs/guide.md and prove nothing")
    parser.add_argument("--jobs", type=int, default=2, help="promises at the same time (%(default)s)")
    options = parser.parse_args()
    if options.write:
        guide.PATH.write_text(guide.render(promises()), encoding="utf-8")
        return 0
    with ThreadPoolExecutor(options.jobs) as pool:
        counted = Counter(chain.from_iterable(pool.map(_verdicts, _chosen(options.words))))
    print(f"{counted['proven']} passed, {counted['unproven']} failed, {counted['skipped']} skipped")
    return 1 if counted["unproven"] or not counted else 0


def _chosen(words: list[str]) -> Iterator[Promise]:
    for promise in promises():
        if not words or any(word.lower() in promise.section.lower() for word in words):
            yield promise


def _verdicts(promise: Promise) -> list[str]:
    """One verdict for the tests as they are, and one for each mutation."""
    whole = _verdict(promise, None)
    return [whole, *(_verdict(promise, mutation) for mutation in promise.mutations if whole != "unproven")]


def _verdict(promise: Promise, mutation: Mutation | None) -> str:
    """Try, and say in a line what came out; where it was not expected, with the end of what pytest said."""
    with tree(mutation) as root:
        outcome, output = try_tests(root, promise.tests)
    expected = Outcome.RED if mutation else Outcome.GREEN
    untried = outcome in {Outcome.SKIPPED, Outcome.PARTLY}
    word = "proven" if outcome is expected else "skipped" if untried else "unproven"
    what = f"without {mutation.find.strip().splitlines()[0]!r}" if mutation else "as it is"
    tail = f"\n{output[-TAIL:]}" if word == "unproven" else ""
    print(f"{word:9} {promise.section}: {what} is {outcome.value}{tail}", flush=True)
    return word


if __name__ == "__main__":
    sys.exit(main())
