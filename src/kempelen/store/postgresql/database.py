"""PostgreSQL, through psycopg 3.

Writers run READ COMMITTED, readers REPEATABLE READ READ ONLY. Each statement is prepared once per connection. What
statements answer is as on SQLite: whole numbers for sums and for yes and no.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from psycopg import conninfo

from kempelen.store import copies
from kempelen.store.connections import Connections
from kempelen.store.database import Database
from kempelen.store.failures import BackupFailed
from kempelen.store.postgresql.transactions import PostgreSQLWriter, Reader, connected
from kempelen.store.transactions import Transaction

READERS_AT_MOST = 8
WRITERS_AT_MOST = 4
TIMEOUT_SECONDS = 30.0  # seconds to wait for a connection


class PostgreSQLDatabase(Database):
    """See Database."""

    kind = "postgresql"
    suffix = ".dump"

    def __init__(self, url: str) -> None:
        self._url = url
        self._readers = Connections(self._reader, most=READERS_AT_MOST, timeout=TIMEOUT_SECONDS)
        self._writers = Connections(self.writer, most=WRITERS_AT_MOST, timeout=TIMEOUT_SECONDS)

    def reading(self) -> contextlib.AbstractContextManager[Transaction]:
        return self._readers.transaction()

    def writing(self) -> contextlib.AbstractContextManager[Transaction]:
        return self._writers.transaction()

    def writer(self, name: str = "") -> "PostgreSQLWriter":
        return PostgreSQLWriter(connected(self._url, name))

    def backup(self, folder: Path) -> Path:
        path = folder / "market.dump"
        self.copy_to(path)
        return path

    def copy_to(self, path: Path) -> None:
        """pg_dump's custom format; pg_restore reads it."""
        program = _pg_dump()
        parameters = conninfo.conninfo_to_dict(self._url)
        secret = {"PGPASSWORD": str(parameters.pop("password"))} if "password" in parameters else {}
        with copies.whole(path) as draft:
            command = [program, "--format=custom", "--no-password", f"--file={draft}"]
            command.append(f"--dbname={conninfo.make_conninfo('', **parameters)}")
            done = subprocess.run(command, env={**os.environ, **secret}, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise BackupFailed(f"pg_dump made no backup: {done.stderr.strip()}")

    def close(self) -> None:
        self._readers.close()
        self._writers.close()

    def tables(self, db: Transaction) -> set[str]:
        rows = db.all("SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()")
        return {row["name"] for row in rows}

    @contextlib.contextmanager
    def redefining(self) -> Iterator["PostgreSQLWriter"]:
        writer = self.writer()
        try:
            writer.begin()
            try:
                # Another process may hold the lock for as long as its backup takes, and so may we.
                for setting in ("lock_timeout", "idle_in_transaction_session_timeout"):
                    writer.run("SELECT set_config(:setting, '0', true)", setting=setting)
                writer.lock("migrations")
                yield writer
                writer.commit()
            except BaseException:
                writer.rollback()
                raise
        finally:
            writer.close()

    def _reader(self) -> "Reader":
        return Reader(connected(self._url))


def _pg_dump() -> str:
    """Where pg_dump is: on the path, or where Debian puts the newest."""
    if found := shutil.which("pg_dump"):
        return found
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"), key=lambda path: path.parts[-3].zfill(4))
    if places:
        return str(places[-1])
    raise BackupFailed(
        "There is no pg_dump on this machine to copy the database with. Install PostgreSQL's client programs "
        "(Debian: postgresql-client), or make a copy by other means and say that you have one."
    )
