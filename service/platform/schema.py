"""The database's schema revision, and whether this code can work with it."""

import time
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from service.platform.database import ping
from service.platform.probes import UnfitError

RETRY_SECONDS = 1.0


class Schema:
    """The revisions that this code brings.

    Args:
        folder: where the Alembic environment lies.
    """

    def __init__(self, folder: Path) -> None:
        self._config = Config()
        self._config.set_main_option("script_location", str(folder))
        script = ScriptDirectory.from_config(self._config)
        self.head = script.get_current_head()
        self._older = {revision.revision for revision in script.walk_revisions()} - {self.head}

    def check(self, engine: Engine) -> str:
        """Name the database's kind and revision.

        A revision unknown here was made by a newer release, which must leave the tables usable for this one: while
        a rollout or a rollback lasts both run.

        Raises:
            UnfitError: the migration to this code's revision has not run.
        """
        with engine.connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None or revision in self._older:
            raise UnfitError(f"schema revision is {revision or 'none'}, {self.head} is needed")
        return f"{engine.dialect.name}, schema {revision}"

    def upgrade(self, engine: Engine) -> None:
        """Bring the database to this code's revision; one that is newer already is left alone."""
        with engine.connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
        if revision in {None, *self._older}:
            self._config.attributes["engine"] = engine
            command.upgrade(self._config, "head")


def wait_for(engine: Engine, seconds: float, say: Callable[[str], object]) -> None:
    """Wait until the database answers.

    Args:
        engine: the database.
        seconds: how long.
        say: told the reason once, where the first try fails.

    Raises:
        OperationalError: it did not answer in time.
    """
    deadline = time.monotonic() + seconds
    told = False
    while True:
        try:
            return ping(engine)
        except OperationalError as error:
            if time.monotonic() + RETRY_SECONDS > deadline:
                raise
            if not told:
                told = bool(say(str(error.orig).splitlines()[0]) or True)
        time.sleep(RETRY_SECONDS)
