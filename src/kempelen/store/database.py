"""Database: where everything is kept, SQLite in a folder or PostgreSQL; connections, transactions, backups.

    database = open_database("kempelen-data")
    database.migrate()
    with database.reading() as db:
        hit = db.one("SELECT * FROM hit WHERE hit_id = :hit_id", hit_id=hit_id)

The rest of Kempelen imports what it needs of the database from here and from `store/lanes/lanes.py`.
"""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from kempelen.store import schema
from kempelen.store.failures import (
    BackupFailed,
    Conflict,
    ConstraintViolated,
    DatabaseDamaged,
    DatabaseError,
    DatabaseTooNew,
    DatabaseUnavailable,
    Disconnected,
    StatementFailed,
)
from kempelen.store.transactions import Redefinition, Transaction, Writer
from kempelen.store.values import Row, Value, instant, ms

__all__ = [
    "BackupFailed",
    "Conflict",
    "ConstraintViolated",
    "Database",
    "DatabaseDamaged",
    "DatabaseError",
    "DatabaseTooNew",
    "DatabaseUnavailable",
    "Disconnected",
    "Row",
    "StatementFailed",
    "Transaction",
    "Value",
    "Writer",
    "instant",
    "ms",
]


class Database(ABC):
    """One database. Every method may be called from any thread."""

    kind: Literal["sqlite", "postgresql"]

    def migrate(
        self,
        *,
        backup_to: Path | None = None,
        have_backup: bool = False,
        migrations: Path | Traversable | None = None,
    ) -> None:
        """Bring the schema up to date, or leave all as it was; several processes may try at once.

        A database that already has tables is first copied into the folder `backup_to` (SQLite without one: `backups`
        beside the database), unless the caller says to `have_backup`. Raises DatabaseTooNew for a database that a
        newer Kempelen made, BackupFailed when no copy can be made; neither has changed anything.
        """
        schema.migrate(self, backup_to=backup_to, have_backup=have_backup, folder=migrations)

    @abstractmethod
    def reading(self) -> AbstractContextManager[Transaction]:
        """A consistent, read-only view of all that was committed when its first statement ran."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Transaction]:
        """One write transaction, committed at the end of the block, rolled back by an exception."""

    @abstractmethod
    def writer(self, name: str = "") -> Writer:
        """A write connection of its own. Whatever another one of the same name has left unfinished is ended."""

    @abstractmethod
    def backup(self, folder: Path) -> Path:
        """A consistent copy while others write, made in the folder under one name: it refuses where there is one."""

    def note_use(self, in_use: bool) -> None:  # noqa: B027 - PostgreSQL has no files that somebody could copy alone
        """Write into the database whether a server uses it, so that an incomplete copy is recognised."""

    def is_noted_in_use(self) -> bool:
        """What was noted last."""
        return False

    def damages(self) -> list[str]:
        """What the database finds wrong with its own files, in its words; it reads all of them."""
        return []

    @abstractmethod
    def close(self) -> None:
        """Close all connections; lanes are closed before."""

    # What migrations need; see schema.py.

    suffix: str  # of a copy's file name
    backups: Path | None = None  # the default folder of copies made before a migration
    is_persistent: bool = True  # else there is nothing to copy for

    @abstractmethod
    def redefining(self) -> AbstractContextManager[Redefinition]:
        """The one write transaction in the whole world that may change the schema now."""

    @abstractmethod
    def tables(self, db: Transaction) -> set[str]:
        """The names of all tables."""

    @abstractmethod
    def copy_to(self, path: Path) -> None:
        """A consistent copy in this very file, whole or not at all; BackupFailed when there is one already."""
