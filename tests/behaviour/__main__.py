"""`python -m tests.behaviour [NAME ...] [--write]`: measure, print the table, exit 1 where a promise is not kept.

With `--write`, docs/behaviour.md becomes what was measured. Takes some minutes; other work on the machine spoils it.
"""

import argparse
import importlib
import sys
import tempfile
import time
from pathlib import Path

from tests.behaviour.figures import Figure, missed
from tests.behaviour.report import PAGE, lines, page, skipped
from tests.behaviour.stand import stand
from tests.support.postgres import programs
from tests.support.redis import program

NAMES = ("rollout", "ending", "times", "reads", "probing", "overload", "logins", "limits", "rooms", "stalled", "series")


def parsed(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.behaviour", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(NAMES)}; all without")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    arguments = parser.parse_args(words)
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return arguments


def measured(names: tuple[str, ...], folder: Path) -> list[Figure]:
    """Every figure of the named modules, printed as it comes."""
    found: list[Figure] = []
    with stand(folder) as servers:
        for name in names:
            for figure in importlib.import_module(f"tests.behaviour.{name}").measure(servers):
                print("\n".join(lines([figure])), flush=True)
                found.append(figure)
    return found


def main(words: list[str]) -> int:
    """Run; the exit code."""
    arguments = parsed(words)
    if programs() is None or program() is None:
        print("needs PostgreSQL (initdb) and Redis or Valkey, installed here", file=sys.stderr)
        return 2
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL is another user
        found = measured(tuple(arguments.names) or NAMES, Path(folder))
    if arguments.write:
        PAGE.write_text(page(found, time.monotonic() - begin))
    print("\n".join([*skipped(found, arguments.names), *missed(found)]) or "every promise is kept")
    return 1 if missed(found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
