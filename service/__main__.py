"""`python -m service serve | migrate | check URL | settings`: what the image's one entry point can do.

Exit codes: 0 done, 1 a check failed, 2 wrong words, 3 start-up failed, 69 no database (EX_UNAVAILABLE),
78 a setting was refused (EX_CONFIG); the last two as in sysexits(3).
"""

import argparse
import logging
import os
import sys
from contextlib import nullcontext

from service.environment import SettingsRefusedError
from service.platform import logs
from service.platform.multiprocess import shared_metrics
from service.settings import Settings

log = logging.getLogger("service")


def main(arguments: list[str] | None = None) -> int:
    """Do what the words say; the result is the exit code."""
    words = _parser().parse_args(arguments)
    if words.command == "check":
        from service.check import check  # noqa: PLC0415 - a check needs nothing of the server

        return check(words.url, words.admin, words.patience, words.reached)
    if words.command == "settings":
        from service.reference import reference  # noqa: PLC0415 - as above

        print(reference(), end="")  # noqa: T201 - the answer of a command
        return 0
    logs.configure("info", "json")
    try:
        settings = Settings.load()
        logs.configure(settings.log_level, settings.log_format, hidden=settings.hidden)
        return _serve(settings) if words.command == "serve" else _migrate(settings)
    except SettingsRefusedError as refusal:
        log.critical("setting refused", extra={"setting": refusal.setting, "reason": refusal.reason})
        return os.EX_CONFIG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description="Settings are SLIPWAY_* variables.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the service until SIGTERM")
    commands.add_parser("migrate", help="bring the database to this release's schema")
    commands.add_parser("settings", help="print every setting, as docs/settings.md")
    check = commands.add_parser("check", help="try a running release from outside")
    check.add_argument("url", help="its address, such as http://slipway")
    check.add_argument(
        "--patience", type=float, default=0.0, metavar="SECONDS", help="how long it may refuse connections"
    )
    check.add_argument("--reached", default="", metavar="FILE", help="made when the first is accepted")
    check.add_argument("--admin", default="", metavar="URL", help="its admin port, whose metrics are looked at, too")
    return parser


def _serve(settings: Settings) -> int:
    with shared_metrics() if settings.workers > 1 else nullcontext():
        from service.server import serve  # noqa: PLC0415 - only now, see shared_metrics

        serve(settings)
    return 0


def _migrate(settings: Settings) -> int:
    from service.migrate import migrate  # noqa: PLC0415 - imports of a subcommand are paid by it alone

    return migrate(settings)


if __name__ == "__main__":
    sys.exit(main())
