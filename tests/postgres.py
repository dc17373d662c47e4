"""A throw-away PostgreSQL for the tests: a real cluster in a temporary folder, gone when the test process is.

A keeper, a small process of its own, holds the cluster: it runs initdb, starts the server (as another user where the
tests run as root, since PostgreSQL refuses root) and waits for the end of its standard input. That end comes when the
test process stops the cluster, and just as well when the test process is killed, so no server is ever left behind.

    with running() as cluster:
        url = cluster.fresh_database_url()
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.ports import free_port

# Durable as in production: a commit waits for the disk, so races and kills meet the windows that they would meet there.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
    "timezone": "Pacific/Chatham",  # nothing of ours may depend on it
}


Prepare = Callable[[str], None]


@dataclass
class Template:
    """A database that was prepared once: what its tables held, and its copies that are as it was."""

    name: str
    rows: dict[str, bytes]
    as_new_again: list[str] = field(default_factory=list)


class Cluster:
    """A running PostgreSQL server on 127.0.0.1, which trusts whoever connects."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._made = 0
        self._empty_again: list[str] = []
        self._templates: dict[Prepare, Template] = {}

    def url(self, database: str = "postgres") -> str:
        """The address of one database of the cluster."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def fresh_database_url(self, *, prepared_by: Prepare | None = None) -> str:
        """The address of a new, empty database.

        With `prepared_by`, a function which is given the address of an empty database and fills it (and leaves no
        connection open), the new database is a copy of one that this function filled once.
        """
        if prepared_by is None:
            return self._empty_again.pop() if self._empty_again else self._create("template0")
        if prepared_by not in self._templates:
            url = self._create("template0")
            prepared_by(url)
            with self._connect(url) as connection:
                self._templates[prepared_by] = Template(database_name(url), _rows(connection))
        template = self._templates[prepared_by]
        return template.as_new_again.pop() if template.as_new_again else self._create(template.name)

    def give_back(self, url: str, *, prepared_by: Prepare | None = None) -> None:
        """Make a database, whoever is still connected to it, what it was, to be handed out as a fresh one again.

        Much faster than to drop it: DROP DATABASE waits for a checkpoint.
        """
        with self._connect(url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if prepared_by is None:
                connection.execute("DROP SCHEMA public CASCADE")
                connection.execute("CREATE SCHEMA public")
                self._empty_again.append(url)
                return
            template = self._templates[prepared_by]
            with connection.transaction():
                connection.execute("SET LOCAL session_replication_role = replica")  # whatever refers to whatever
                for table in template.rows:
                    connection.execute(f'DELETE FROM "{table}"'.encode())
                for table, rows in template.rows.items():
                    with connection.cursor().copy(f'COPY "{table}" FROM STDIN'.encode()) as copy:
                        copy.write(rows)
            template.as_new_again.append(url)

    def _create(self, template: str) -> str:
        self._made += 1
        name = f"test_{self._made}"
        with self._connect(self.url()) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return self.url(name)

    def _connect(self, url: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(url, autocommit=True)


def _rows(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, bytes]:
    """The rows of every table, as COPY writes them."""
    found = {}
    for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
        with connection.cursor().copy(f'COPY "{table}" TO STDOUT'.encode()) as copy:
            found[str(table)] = b"".join(bytes(piece) for piece in copy)
    return found


def database_name(url: str) -> str:
    """The last part of a database's address."""
    return url.rpartition("/")[2]


@contextlib.contextmanager
def running() -> Iterator[Cluster]:
    """A cluster for as long as the block runs."""
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.postgres"],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a Ctrl-C is for the test process; the keeper follows when that has ended
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    try:
        said = keeper.stdout.readline()
        if not said:
            raise RuntimeError("PostgreSQL did not start; what it said stands above")
        yield Cluster(json.loads(said)["port"])
    finally:
        keeper.stdin.close()
        keeper.wait(timeout=60)
        keeper.stdout.close()


# From here on: the keeper's side.


def programs() -> Path:
    """The folder of initdb and postgres: what pg_config names, else Debian's newest."""
    folders = [Path(path) for path in sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), key=_version)]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        named = subprocess.run(["pg_config", "--bindir"], check=True, capture_output=True, text=True).stdout.strip()
        folders.append(Path(named))
    for folder in reversed(folders):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise SystemExit("There is no PostgreSQL server on this machine; `make setup-test` installs one.")


def _version(folder: str) -> int:
    digits = Path(folder).parent.name
    return int(digits) if digits.isdigit() else 0


def keep() -> None:
    """Hold a cluster until standard input ends; says its port on standard output, once it answers."""
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    bin_folder, user = programs(), _server_user()
    folder = Path(tempfile.mkdtemp(prefix="kempelen-postgres-"))
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        server = None
        _initdb(bin_folder, folder / "data", user)
        for _ in range(5):  # the port was free a moment ago; somebody may have been faster
            port = free_port()
            server = _start(bin_folder, folder, port, user)
            if _answers(server, port):
                break
        else:
            print((folder / "log").read_text(), file=sys.stderr)
            raise SystemExit("PostgreSQL does not start.")
        print(json.dumps({"port": port}), flush=True)
        sys.stdin.read()
        _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _server_user() -> pwd.struct_passwd | None:
    """Whom to run the server as: nobody else, unless we are root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _as(user: pwd.struct_passwd | None) -> dict[str, object]:
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _initdb(bin_folder: Path, data: Path, user: pwd.struct_passwd | None) -> None:
    command = [bin_folder / "initdb", "--pgdata", data, "--username=postgres", "--auth=trust"]
    command += ["--locale=C", "--encoding=UTF8", "--no-sync"]
    done = subprocess.run(command, capture_output=True, text=True, **_as(user))  # type: ignore[call-overload]
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)


def _start(bin_folder: Path, folder: Path, port: int, user: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    settings = {
        **SETTINGS,
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
    }
    command = [str(bin_folder / "postgres"), "-D", str(folder / "data")]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **_as(user)
        )


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Whether this server comes to accept connections; False when it ends instead."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if server.poll() is not None:
            return False
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", connect_timeout=5).close()
            return True
        time.sleep(0.05)
    _stop(server)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server without waiting for anybody who is connected; the data is of no use any more."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    keep()
