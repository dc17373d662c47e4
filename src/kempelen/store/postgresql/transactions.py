"""Connections to PostgreSQL and the transactions on them."""

import contextlib
from functools import cache
from hashlib import blake2b
from typing import Any

import psycopg
from psycopg import conninfo, pq
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper

from kempelen.store.failures import (
    Abandoned,
    CommitUnknown,
    Conflict,
    ConstraintViolated,
    DatabaseError,
    DatabaseUnavailable,
    Disconnected,
    StatementFailed,
    TransactionLost,
)
from kempelen.store.statements import defined_for_postgresql, for_psycopg
from kempelen.store.values import Row, Value, stored

Connection = psycopg.Connection[dict[str, Any]]

# A dead network is noticed within a minute, a held lock does not hold us for ever, and neither do we hold others.
CONNECTING = {
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
SESSION = """
    SELECT set_config('lock_timeout', '10s', false), set_config('idle_in_transaction_session_timeout', '60s', false),
           CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END,
           current_setting('server_encoding') AS server_encoding
"""
# A connection of this name that we have lost may live on at the server's end, with all its locks.
END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = %s AND usename = current_user AND datname = current_database()
       AND pid <> pg_backend_pid()
"""
_CONFLICTS = ("40", "55P03")  # deadlock, serialization failure; lock not available
_LOST = ("08", "57P", "25P03")  # connection, shutdown, idle too long
_STAND_BY = "25006"  # read-only: the server is not the one that takes writes any more


def connected(url: str, name: str = "") -> Connection:
    """A connection, set up; DatabaseUnavailable when there is none to be had, Disconnected when it was lost again."""
    try:
        parameters: dict[str, Any] = {**CONNECTING, "application_name": "kempelen", **conninfo.conninfo_to_dict(url)}
        if name:
            parameters["application_name"] = name
        connection = psycopg.connect(**parameters, autocommit=True, prepare_threshold=0, row_factory=dict_row)
    except psycopg.Error as error:
        raise DatabaseUnavailable(f"PostgreSQL cannot be reached: {error}") from error
    try:
        settings = connection.execute(SESSION, prepare=False).fetchone()
        if settings is None or settings["server_encoding"] != "UTF8":
            raise DatabaseUnavailable("The PostgreSQL database must have the encoding UTF8; create one with it.")
        if name:
            connection.execute(END_OTHERS, (connection.info.parameter_status("application_name"),), prepare=False)
    except psycopg.Error as error:
        kind = Disconnected if connection.broken else DatabaseUnavailable
        connection.close()
        raise kind(f"PostgreSQL cannot be used: {error}") from error
    except BaseException:
        connection.close()
        raise
    connection.prepared_max = 1000
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_dumper(int, Int8BinaryDumper)
    connection.adapters.register_loader("numeric", _WholeNumber)
    connection.adapters.register_loader("bool", _YesOrNo)
    return connection


class _WholeNumber(Loader):
    """Sums of BIGINT are numeric on PostgreSQL; all of ours are whole."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data))


class _YesOrNo(Loader):
    """A comparison's value, 1 or 0."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data) == b"t")


@cache
def _only_reads(sql: str) -> bool:
    return sql.lstrip()[:6].upper() == "SELECT"


def _lock_number(name: str) -> int:
    """The number of a named lock, the same in every process."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


class _Statements:
    """Statements on one connection; see Transaction."""

    _lost: tuple[str, ...] = _LOST

    def __init__(self, connection: Connection) -> None:
        self.remembered: dict[str, int] = {}
        self._connection = connection
        self._cursor = connection.cursor()
        self._failed: DatabaseError | None = None
        self._wrote = False

    def one(self, sql: str, /, **values: Value) -> Row | None:
        rows = self._perform(sql, values)[1]
        assert len(rows) < 2, f"one row was expected, {len(rows)} came: {sql}"
        return rows[0] if rows else None

    def all(self, sql: str, /, **values: Value) -> list[Row]:
        return self._perform(sql, values)[1]

    def run(self, sql: str, /, **values: Value) -> int:
        return self._perform(sql, values)[0]

    def lock(self, name: str, /) -> None:
        self._perform("SELECT pg_advisory_xact_lock(:number)", {"number": _lock_number(name)})

    def share(self, name: str, /) -> None:
        self._perform("SELECT pg_advisory_xact_lock_shared(:number)", {"number": _lock_number(name)})

    def _perform(self, sql: str, values: dict[str, Value]) -> tuple[int, list[Row]]:
        """How many rows changed, and the rows that came."""
        if self._failed is not None:
            raise self._failed
        values = stored(values)
        cursor = self._cursor
        try:
            cursor.execute(for_psycopg(sql), values)
            rows: list[Row] = [] if cursor.description is None else cursor.fetchall()  # type: ignore[assignment]
        except psycopg.Error as error:
            self._failed = self._failure(error)
            raise self._failed from error
        changed = max(cursor.rowcount, 0)
        if changed and not _only_reads(sql):
            self._wrote = True
        return changed, rows

    def _command(self, command: bytes) -> bytes:
        """Runs BEGIN and the like past psycopg, which forgets its statements after a ROLLBACK; returns the tag."""
        try:
            result = self._connection.pgconn.exec_(command)
        except psycopg.Error as error:
            self._failed = Disconnected(f"The connection to PostgreSQL was lost: {error}")
            raise self._failed from error
        if result.status == pq.ExecStatus.COMMAND_OK:
            return result.command_status or b""
        refusal = psycopg.errors.error_from_result(result)
        failure = self._failure(refusal)
        self._failed = failure if isinstance(failure, TransactionLost) else Abandoned(str(failure))
        raise self._failed from refusal

    def _failure(self, error: psycopg.Error) -> DatabaseError:
        """The same in our words."""
        state, text = error.sqlstate or "", str(error).strip()
        if self._connection.closed or state.startswith(self._lost):
            return Disconnected(f"The connection to PostgreSQL was lost: {text}")
        if state.startswith(_CONFLICTS):
            return Conflict(text)
        if isinstance(error, psycopg.IntegrityError):
            return ConstraintViolated(text)
        return StatementFailed(text)

    def rollback(self) -> bool:
        """See Writer."""
        self._failed = None
        with contextlib.suppress(TransactionLost):
            if self._connection.info.transaction_status != pq.TransactionStatus.IDLE:
                self._command(b"ROLLBACK")
        return self._connection.info.transaction_status == pq.TransactionStatus.IDLE

    def close(self) -> None:
        """See Writer."""
        with contextlib.suppress(psycopg.Error):
            self._connection.close()


class Reader(_Statements):
    """A connection that only reads."""

    def begin(self) -> None:
        self._failed = None
        self._command(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def commit(self) -> None:
        self._command(b"COMMIT")


class PostgreSQLWriter(_Statements):
    """See Writer.

    A job's release goes out together with the next job's savepoint, to wait for the server once instead of twice.
    """

    _lost = (*_LOST, _STAND_BY)
    jobs_at_most = 60  # beyond 64 subtransactions PostgreSQL looks them up on disk, in every snapshot

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._job = _NONE

    def begin(self) -> None:
        self._failed, self._wrote, self._job = None, False, _NONE
        self.remembered.clear()
        self._command(b"BEGIN ISOLATION LEVEL READ COMMITTED")

    def savepoint(self) -> None:
        if self._job == _RELEASED:
            self._command(b"RELEASE SAVEPOINT job; SAVEPOINT job")
        elif self._job == _NONE:
            self._command(b"SAVEPOINT job")
        self._job = _OPEN

    def release(self) -> None:
        if self._failed is not None:
            raise self._failed
        self._job = _RELEASED

    def rollback_to(self) -> None:
        if isinstance(self._failed, TransactionLost):
            raise self._failed
        self._command(b"ROLLBACK TO SAVEPOINT job")
        self._failed, self._job = None, _OPEN  # and empty: the next job takes it over

    @property
    def wrote(self) -> bool:
        return self._wrote

    def commit(self) -> None:
        if self._failed is not None:
            raise self._failed
        try:
            tag = self._command(b"COMMIT")
        except Disconnected as lost:
            raise CommitUnknown(str(lost)) from lost
        if tag != b"COMMIT":
            raise Abandoned("PostgreSQL rolled back instead of committing.")

    def define(self, statement: str) -> None:
        """Run one statement of a migration."""
        self.run(defined_for_postgresql(statement))


_NONE, _OPEN, _RELEASED = "no savepoint", "open", "released, but the server does not know it yet"
