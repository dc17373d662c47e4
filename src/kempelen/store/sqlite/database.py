"""SQLite: the database in one file, `market.db` in a folder, or in memory.

WAL with `synchronous=FULL`: a commit is on disk when it returns; readers see the last commit and never wait. Writers
wait for each other by trying again every millisecond, so that a command gets its turn beside a busy lane.
In memory there is one connection, used by one thread at a time.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

from kempelen.store import copies, schema
from kempelen.store.connections import Connections
from kempelen.store.database import Database
from kempelen.store.failures import ConstraintViolated, DatabaseUnavailable
from kempelen.store.sqlite import data_files
from kempelen.store.sqlite.checkpoints import Checkpoints
from kempelen.store.sqlite.transactions import Memory, MemoryReader, Reader, SQLiteWriter, opened
from kempelen.store.transactions import Transaction

LANE_TIMEOUT_SECONDS = 5.0  # seconds until a lane's BEGIN gives up; the lane then tries again
WRITER_TIMEOUT_SECONDS = 60.0
MIGRATION_TIMEOUT_SECONDS = 3600.0  # another process may be copying a large database before its own migration
READERS_AT_MOST = 64
MOST_DAMAGES = 20  # that are reported


class SQLiteDatabase(Database):
    """See Database."""

    kind = "sqlite"
    suffix = ".db"

    def __init__(self, folder: Path | None) -> None:
        if sqlite3.sqlite_version_info < (3, 37):
            raise DatabaseUnavailable(f"Kempelen needs SQLite 3.37; this Python has {sqlite3.sqlite_version}.")
        self._path = folder / "market.db" if folder else None
        self.backups = folder / "backups" if folder else None
        self.is_persistent = folder is not None
        self._checkpoints: Checkpoints | None = None
        self._opening = threading.Lock()
        self._memory = Memory() if folder is None else None
        self._mark: data_files.Mark | None = None
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            data_files.enter(self._path)
            try:
                copies.create(self._path)
                self._connect().close()
                self._mark = data_files.Mark(self._path)
            except BaseException:
                data_files.leave(self._path)
                raise
        self._readers = Connections(self._reader, most=READERS_AT_MOST, timeout=WRITER_TIMEOUT_SECONDS)
        self._writers = Connections(self._occasional_writer, most=1, timeout=WRITER_TIMEOUT_SECONDS)

    def migrate(
        self,
        *,
        backup_to: Path | None = None,
        have_backup: bool = False,
        migrations: Path | Traversable | None = None,
    ) -> None:
        """In memory, where programs and their tests open one after the other, it is the copy of one made before."""
        if self._memory and migrations is None:
            with self._memory.turn:
                if not self._memory.connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
                    _model().copy_into(self._memory.connection)
        super().migrate(backup_to=backup_to, have_backup=have_backup, migrations=migrations)

    def copy_into(self, target: sqlite3.Connection) -> None:
        """Make another connection's database what this one is."""
        with self._source() as source:
            source.backup(target, pages=-1)  # in one step: one snapshot, whoever writes meanwhile

    def reading(self) -> contextlib.AbstractContextManager[Transaction]:
        return self._readers.transaction()

    def writing(self) -> contextlib.AbstractContextManager[Transaction]:
        return self._writers.transaction()

    def writer(self, name: str = "") -> "SQLiteWriter":  # noqa: ARG002 - a dead process leaves nothing behind
        if self._memory:
            return self._occasional_writer()
        with self._opening:
            if self._checkpoints is None:
                assert self._path
                lock_file = self._path.with_name(f"{self._path.name}-checkpoints")
                self._checkpoints = Checkpoints(lambda: self._connect(timeout=0.1), lock_file)
        return SQLiteWriter(self._connect(), LANE_TIMEOUT_SECONDS, checkpoints=self._checkpoints, mark=self._mark)

    def backup(self, folder: Path) -> Path:
        path = folder / "market.db"
        self.copy_to(path)
        return path

    def copy_to(self, path: Path) -> None:
        with copies.whole(path) as draft:
            target = sqlite3.connect(draft, isolation_level=None)
            try:
                for pragma in ("journal_mode=OFF", "synchronous=OFF"):  # the draft is flushed once, when it is whole
                    target.execute(f"PRAGMA {pragma}")
                self.copy_into(target)
                target.execute("PRAGMA journal_mode=DELETE")  # see data_files.py: a copy is whole by itself
            finally:
                target.close()

    def note_use(self, in_use: bool) -> None:
        with self.writing() as db:
            db.run(f"PRAGMA application_id={data_files.IN_USE if in_use else 0}")

    def is_noted_in_use(self) -> bool:
        with self.reading() as db:
            row = db.one("PRAGMA application_id")
        return row is not None and row["application_id"] == data_files.IN_USE

    def damages(self) -> list[str]:
        with self._source() as source:
            try:
                rows = source.execute(f"PRAGMA integrity_check({MOST_DAMAGES})").fetchall()
            except sqlite3.DatabaseError as error:
                return [str(error)]
        return [text for (text,) in rows if text != "ok"]

    def close(self) -> None:
        self._readers.close()
        self._writers.close()
        if self._checkpoints:
            self._checkpoints.close()
        if self._memory:
            with self._memory.turn:
                self._memory.connection.close()
        if self._path and self._mark:
            self._mark.close()
            self._mark = None
            data_files.leave(self._path)

    def tables(self, db: Transaction) -> set[str]:
        return {row["name"] for row in db.all("SELECT name FROM sqlite_schema WHERE type = 'table'")}

    @contextlib.contextmanager
    def redefining(self) -> Iterator["SQLiteWriter"]:
        """Foreign keys are checked once, at the end, so that a table can be replaced by another version of itself."""
        writer = self._occasional_writer(MIGRATION_TIMEOUT_SECONDS)
        try:
            writer.obey_foreign_keys(False)
            writer.begin()
            try:
                yield writer
                wrong = writer.all("PRAGMA foreign_key_check")
                if wrong:
                    raise ConstraintViolated(
                        f"The migration leaves {len(wrong)} rows that point at nothing: {wrong[0]}"
                    )
                writer.commit()
            except BaseException:
                writer.rollback()
                raise
        finally:
            writer.obey_foreign_keys(True)
            writer.close()

    def _connect(self, timeout: float = 0.0) -> sqlite3.Connection:
        assert self._path
        try:
            return opened(self._path, timeout)
        except sqlite3.Error as error:
            raise DatabaseUnavailable(f"{self._path} cannot be opened: {error}") from error

    def _reader(self) -> "Reader | MemoryReader":
        if self._memory:
            return MemoryReader(self._memory)
        return Reader(self._connect(timeout=10.0))

    def _occasional_writer(self, timeout: float = WRITER_TIMEOUT_SECONDS) -> "SQLiteWriter":
        if self._memory:
            return SQLiteWriter(self._memory.connection, timeout, turn=self._memory.turn)
        return SQLiteWriter(self._connect(), timeout, mark=self._mark)

    @contextlib.contextmanager
    def _source(self) -> Iterator[sqlite3.Connection]:
        if self._memory:
            with self._memory.turn:
                yield self._memory.connection
            return
        with contextlib.closing(self._connect(timeout=10.0)) as connection:
            yield connection


@cache
def _model() -> SQLiteDatabase:
    """An empty marketplace in memory, never written to."""
    database = SQLiteDatabase(None)
    schema.migrate(database, backup_to=None, have_backup=False, folder=None)
    return database
