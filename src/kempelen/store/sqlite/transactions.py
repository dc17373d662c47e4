"""Connections to SQLite and the transactions on them."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kempelen.store.failures import (
    Abandoned,
    Conflict,
    ConstraintViolated,
    DatabaseError,
    DatabaseUnavailable,
    StatementFailed,
    TransactionLost,
)
from kempelen.store.sqlite.checkpoints import MOST_FRAMES, Checkpoints
from kempelen.store.sqlite.data_files import Mark, next_count
from kempelen.store.statements import defined_for_sqlite
from kempelen.store.values import Row, Value, stored

IN_MEMORY = ":memory:"
_ASK_AGAIN = 0.001  # seconds
_PAGE_BYTES = 4096


class Memory:
    """The one connection to a database in memory."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(
            IN_MEMORY, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        self.connection.execute("PRAGMA foreign_keys=ON")
        self.connection.execute("PRAGMA case_sensitive_like=ON")
        self.turn = threading.RLock()


def opened(path: Path, timeout: float) -> sqlite3.Connection:
    """A connection to a file, set up; SQLite itself waits `timeout` seconds for a lock before it says BUSY."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=10.0,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    try:
        (mode,) = _with_retries(lambda: connection.execute("PRAGMA journal_mode=WAL").fetchone(), 10.0)
        if mode != "wal":
            raise DatabaseUnavailable(f"{path} cannot be kept safe where it is: SQLite's WAL does not work there.")
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "case_sensitive_like=ON",  # as on PostgreSQL
            "wal_autocheckpoint=0",  # see checkpoints.py
            f"journal_size_limit={4 * MOST_FRAMES * _PAGE_BYTES}",
            "cache_size=-32000",  # KiB
            "temp_store=MEMORY",
            f"busy_timeout={int(timeout * 1000)}",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _with_retries(act: Callable[[], Any], timeout: float) -> Any:
    """Do what may find the database locked again and again, until it succeeds or the timeout ends."""
    until = time.monotonic() + timeout
    while True:
        try:
            return act()
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > until:
                raise
        time.sleep(_ASK_AGAIN)


def _is_busy(error: sqlite3.Error | sqlite3.Warning) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)


def _failure(error: sqlite3.Error | sqlite3.Warning) -> DatabaseError:
    """The same in our words."""
    if _is_busy(error):
        return Conflict(f"{error}: somebody else is writing")
    if isinstance(error, sqlite3.IntegrityError):
        return ConstraintViolated(str(error))
    return StatementFailed(str(error))


class _Statements:
    """Statements on one connection; see Transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.remembered: dict[str, int] = {}
        self._connection = connection
        self._failed: DatabaseError | None = None

    def one(self, sql: str, /, **values: Value) -> Row | None:
        rows = self._perform(sql, values)[1]
        assert len(rows) < 2, f"one row was expected, {len(rows)} came: {sql}"
        return rows[0] if rows else None

    def all(self, sql: str, /, **values: Value) -> list[Row]:
        return self._perform(sql, values)[1]

    def run(self, sql: str, /, **values: Value) -> int:
        return max(self._perform(sql, values)[0], 0)

    def lock(self, name: str, /) -> None:
        """Nothing to do: there is one writer at a time."""

    def share(self, name: str, /) -> None:
        """Nothing to do: there is one writer at a time."""

    def _perform(self, sql: str, values: dict[str, Value]) -> tuple[int, list[Row]]:
        """How many rows changed, and the rows that came."""
        if self._failed is not None:
            raise self._failed
        values = stored(values)
        try:
            cursor = self._connection.execute(sql, values)
            if cursor.description is None:
                return cursor.rowcount, []
            found = cursor.fetchall()  # to the end: only then a RETURNING has done all it does
        except (sqlite3.Error, sqlite3.Warning) as error:
            self._failed = _failure(error)
            raise self._failed from error
        names = [column[0] for column in cursor.description]
        return cursor.rowcount, [dict(zip(names, row, strict=True)) for row in found]

    def _command(self, command: str) -> None:
        """BEGIN and its like, which fail only when the transaction as a whole does."""
        try:
            self._connection.execute(command)
        except sqlite3.Error as error:
            self._failed = (Conflict if _is_busy(error) else Abandoned)(f"{command}: {error}")
            raise self._failed from error


class Reader(_Statements):
    """A connection to a file that only reads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA cache_size=-8000")  # KiB; there may be dozens

    def begin(self) -> None:
        self._failed = None
        self._command("BEGIN")

    def commit(self) -> None:
        self._command("COMMIT")

    def rollback(self) -> bool:
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            return True
        return False

    def close(self) -> None:
        self._connection.close()


class MemoryReader(_Statements):
    """The memory's connection, reading; inside this thread's own transaction it simply joins in."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory.connection)
        self._turn = memory.turn
        self._joined = False

    def begin(self) -> None:
        self._turn.acquire()
        self._failed = None
        self._joined = self._connection.in_transaction
        try:
            if not self._joined:
                self._connection.execute("PRAGMA query_only=ON")
                self._connection.execute("BEGIN")
        except BaseException:
            self._turn.release()
            raise

    def commit(self) -> None:
        if not self._joined:
            self._connection.execute("ROLLBACK")
            self._connection.execute("PRAGMA query_only=OFF")
        self._turn.release()

    def rollback(self) -> bool:
        self.commit()
        return True

    def close(self) -> None:
        """The connection stays: it is the database."""


class SQLiteWriter(_Statements):
    """See Writer."""

    jobs_at_most = 500

    def __init__(
        self,
        connection: sqlite3.Connection,
        timeout: float,
        *,
        turn: "threading.RLock | None" = None,
        checkpoints: Checkpoints | None = None,
        mark: Mark | None = None,
    ) -> None:
        super().__init__(connection)
        self._patience = timeout
        self._mark = mark
        self._turn = turn  # in memory: the thread's right to use the connection
        self._entered = False
        self._checkpoints = checkpoints
        self._ended_at_begin = 0
        self._changes_at_begin = 0

    def begin(self) -> None:
        self._failed = None
        self.remembered.clear()
        if self._turn:
            self._turn.acquire()
            self._entered = True
        try:
            assert not self._connection.in_transaction, "this thread is in a transaction already"
            _with_retries(self._begin_now, self._patience)
        except sqlite3.Error as error:
            self._leave()
            raise Conflict(f"The database stays locked by another process: {error}") from error
        except BaseException:
            self._leave()
            raise
        self._changes_at_begin = self._connection.total_changes

    def _begin_now(self) -> None:
        if self._checkpoints is None:
            self._connection.execute("BEGIN IMMEDIATE")
            return
        with self._checkpoints.turn:
            self._connection.execute("BEGIN IMMEDIATE")
        self._ended_at_begin = self._checkpoints.ended

    def savepoint(self) -> None:
        self._command("SAVEPOINT job")

    def release(self) -> None:
        if self._failed is not None:
            raise self._failed
        self._command("RELEASE job")

    def rollback_to(self) -> None:
        if isinstance(self._failed, TransactionLost):
            raise self._failed
        if not self._connection.in_transaction:  # as SQLite does on a full disk
            raise Abandoned("SQLite gave the transaction up.") from self._failed
        self._command("ROLLBACK TO job")
        self._command("RELEASE job")
        self._failed = None

    @property
    def wrote(self) -> bool:
        return self._connection.total_changes != self._changes_at_begin

    def commit(self) -> None:
        if self._failed is not None:
            raise self._failed
        if self._mark and self.wrote:
            self._commit_counted(self._mark)
        else:
            self._command("COMMIT")
        if self._checkpoints and self.wrote:
            self._checkpoints.committed(self._ended_at_begin)
        self._leave()

    def _commit_counted(self, mark: Mark) -> None:
        """Commit, and note its number beside the database; see data_files.py."""
        row = self.one("PRAGMA user_version")
        assert row is not None
        count = next_count(row["user_version"])
        self._command(f"PRAGMA user_version={count}")
        self._command("COMMIT")
        mark.write(count)

    def rollback(self) -> bool:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            return False
        finally:
            self._leave()
        return True

    def close(self) -> None:
        if self._turn is None:
            self._connection.close()

    def define(self, statement: str) -> None:
        """Run one statement of a migration."""
        self.run(defined_for_sqlite(statement))

    def obey_foreign_keys(self, obey: bool) -> None:
        """Check REFERENCES with each statement, or not; outside a transaction only."""
        self._connection.execute(f"PRAGMA foreign_keys={'ON' if obey else 'OFF'}")

    def _leave(self) -> None:
        """In memory: let the next thread in."""
        if self._turn and self._entered:
            self._entered = False
            self._turn.release()
