"""Bring the database to this release's schema, before or beside the pods that need it."""

import logging
import os

from sqlalchemy.exc import OperationalError

from service.platform.database import engine_of
from service.platform.schema import Schema, wait_for
from service.resources import MIGRATIONS
from service.settings import Settings

log = logging.getLogger("service.migrate")


def migrate(settings: Settings) -> int:
    """Wait for the database, then upgrade; the result is the exit code."""
    schema = Schema(MIGRATIONS)
    engine = engine_of(settings.database, name="slipway-migrate", statement_seconds=0)
    try:
        wait_for(
            engine,
            settings.migrate_wait_seconds,
            lambda reason: log.warning("waiting", extra={"reason": reason}),
        )
        schema.upgrade(engine)
    except OperationalError as error:
        where = settings.database.render_as_string(hide_password=True)
        reason = f"{where} does not answer ({str(error.orig).splitlines()[0]}); check SLIPWAY_DATABASE_URL"
        log.critical("migration failed", extra={"reason": reason})
        return os.EX_UNAVAILABLE
    finally:
        engine.dispose()
    log.info("migrated", extra={"revision": schema.head})
    return 0
