"""Databases on PostgreSQL with all their tables: made once and copied, since to migrate takes its time."""

from __future__ import annotations

from kempelen.store.open import open_database


def migrate(url: str) -> None:
    """Make all tables."""
    database = open_database(url)
    database.migrate()
    database.close()
