"""Opens the database that a target names, and loads only the driver that this database needs."""

from pathlib import Path

from kempelen.store.database import Database


def open_database(target: str | Path) -> Database:
    """The database in a folder (`market.db`, created when missing), in memory (":memory:"), or at a PostgreSQL URL.

    Raises DatabaseDamaged when files are missing from the folder that were there before.
    """
    # Imported here so that users of SQLite never load PostgreSQL's driver.
    if str(target).startswith(("postgresql://", "postgres://")):
        from kempelen.store.postgresql.database import PostgreSQLDatabase  # noqa: PLC0415 - see above

        return PostgreSQLDatabase(str(target))
    from kempelen.store.sqlite.database import SQLiteDatabase  # noqa: PLC0415

    return SQLiteDatabase(None if target == ":memory:" else Path(target))
