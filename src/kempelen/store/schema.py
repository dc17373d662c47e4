"""The schema's versions: numbered migrations, each applied once, in order, all or none.

A migration is a file `store/migrations/NNNN_name.sql` (see statements.py for its SQL), never edited once released. The
table `migration` says which ones a database has. All that are missing are applied in one transaction, together with
their records, after a backup of a database that already holds something.
"""

import re
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple, Protocol

from kempelen.store.failures import BackupFailed, DatabaseTooNew
from kempelen.store.statements import separate
from kempelen.store.transactions import Redefinition, Transaction

_TABLE = "CREATE TABLE migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL) STRICT"
_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


class Migration(NamedTuple):
    """One step from the version before to version `number`."""

    number: int
    name: str
    script: str


class Migratable(Protocol):
    """What a migration needs of a database; `Database` provides it."""

    suffix: str
    backups: Path | None
    is_persistent: bool

    def reading(self) -> AbstractContextManager[Transaction]: ...

    def redefining(self) -> AbstractContextManager[Redefinition]: ...

    def tables(self, db: Transaction) -> set[str]: ...

    def copy_to(self, path: Path) -> None: ...


def migrate(
    database: Migratable, *, backup_to: Path | None, have_backup: bool, folder: Path | Traversable | None
) -> None:
    """See Database.migrate."""
    known = migrations_in(folder or resources.files("kempelen.store") / "migrations")
    with database.reading() as db:
        if not _missing(database, db, known):
            return
    with database.redefining() as db:
        missing = _missing(database, db, known)  # again: somebody may have been faster
        tables = database.tables(db)
        if not missing:
            return
        if tables and database.is_persistent and not have_backup:
            _back_up(database, backup_to or database.backups, missing[0].number)
        if "migration" not in tables:
            db.define(_TABLE)
        for migration in missing:
            for statement in separate(migration.script):
                db.define(statement)
            db.run(
                "INSERT INTO migration (number, name, applied_at) VALUES (:number, :name, :applied_at)",
                number=migration.number,
                name=migration.name,
                applied_at=datetime.now(UTC),
            )


def migrations_in(folder: Path | Traversable) -> list[Migration]:
    """The folder's migrations in order, numbered from 1 without a gap."""
    found = sorted(
        Migration(int(match[1]), match[2], file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if (match := _FILE_NAME.fullmatch(file.name))
    )
    assert [migration.number for migration in found] == list(range(1, len(found) + 1)), "migrations are not 1, 2, 3 …"
    return found


def _missing(database: Migratable, db: Transaction, known: list[Migration]) -> list[Migration]:
    """The migrations this database has yet to see; DatabaseTooNew when it has seen one we do not know."""
    version = 0
    if "migration" in database.tables(db):
        row = db.one("SELECT max(number) AS version FROM migration")
        version = row["version"] or 0 if row else 0
    if version > len(known):
        raise DatabaseTooNew(found=version, known=len(known))
    return known[version:]


def _back_up(database: Migratable, folder: Path | None, number: int) -> None:
    """Copy the database before migration `number` is applied to it; BackupFailed when that cannot be done."""
    if folder is None:
        raise BackupFailed(f"The database must be copied before migration {number:04}, and there is no folder for it.")
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    folder.mkdir(parents=True, exist_ok=True)
    database.copy_to(folder / f"market-before-{number:04}-{moment}{database.suffix}")
