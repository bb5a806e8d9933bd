"""Alembic's way in: online only, one migration at a time whoever starts it."""

from alembic import context
from sqlalchemy import Connection, Engine, text

from service.domain.models import Table

LOCK = 0x51195A  # any number that no other program takes in this database

engine: Engine = context.config.attributes["engine"]


def migrate(connection: Connection) -> None:
    """Upgrade in one transaction under a lock, so that two migration Jobs take turns."""
    context.configure(connection, target_metadata=Table.metadata, render_as_batch=True)
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
        context.run_migrations()


with engine.connect() as opened:
    migrate(opened)
