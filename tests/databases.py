"""Databases on PostgreSQL with all their tables: made once and copied, since to migrate takes its time."""

from __future__ import annotations

from kempelen.store.database import Database


def migrate(url: str) -> None:
    """Make all tables."""
    database = Database.open(url)
    database.migrate()
    database.close()
