"""Backups: whole and consistent, made while others write."""

from __future__ import annotations

import subprocess
import threading
from datetime import datetime
from pathlib import Path

import pytest

from kempelen.store.database import BackupFailed, Database, Transaction
from kempelen.store.open import open_database
from tests import postgres
from tests.store.marks import add_mark, lanes_on, marks, opened


def restored(copy: Path, tmp_path: Path, cluster: postgres.Cluster | None) -> Database:
    """A copy, opened as a database of its own."""
    if copy.suffix == ".db":
        return open_database(copy.parent)
    assert cluster
    url = cluster.fresh_database_url()
    subprocess.run([postgres.programs() / "pg_restore", f"--dbname={url}", copy], check=True)
    return open_database(url)


@pytest.fixture
def cluster(request: pytest.FixtureRequest, place: str) -> postgres.Cluster | None:
    return request.getfixturevalue("postgresql") if place == "server" else None


def test_a_backup_is_one_moment_while_others_write(
    database: Database, tmp_path: Path, cluster: postgres.Cluster | None
) -> None:
    finished = threading.Event()
    written = 0

    def pair(tx: Transaction, now: datetime) -> None:
        add_mark(tx, f"left {written}", note="x" * 2000)
        add_mark(tx, f"right {written}")

    def write() -> None:
        nonlocal written
        while not finished.is_set():
            lanes.submit(pair).result(10)
            written += 1

    with lanes_on(database, count=1) as lanes:
        writer = threading.Thread(target=write)
        writer.start()
        while written < 20:
            finished.wait(0.01)
        before = written
        copy = database.backup(tmp_path / "backup")
        after = written
        finished.set()
        writer.join()
    assert [path.name for path in (tmp_path / "backup").iterdir()] == [copy.name]
    assert copy.stat().st_mode & 0o777 == 0o600
    backup = restored(copy, tmp_path, cluster)
    names = marks(backup)
    backup.close()
    pairs = len(names) // 2
    assert names == sorted(f"{side} {number}" for side in ("left", "right") for number in range(pairs))
    assert before <= pairs <= after + 1


def test_a_backup_never_replaces_another(database: Database, tmp_path: Path) -> None:
    copy = database.backup(tmp_path)
    content = copy.read_bytes()
    with pytest.raises(BackupFailed, match="already a backup"):
        database.backup(tmp_path)
    assert copy.read_bytes() == content


def test_a_backup_that_fails_leaves_nothing_behind(
    durable: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError("the disk is broken")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="broken"):
        durable.backup(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_pg_dump_says_is_told(server_url: str, tmp_path: Path) -> None:
    database = open_database(server_url.rpartition("/")[0] + "/no_such_database?password=secret-word")
    with pytest.raises(BackupFailed, match="no_such_database") as caught:
        database.backup(tmp_path)
    assert "secret-word" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_restored_backup_goes_on(tmp_path: Path) -> None:
    database = opened(str(tmp_path / "data"))
    with lanes_on(database) as lanes:
        lanes.submit(lambda tx, now: add_mark(tx, "a")).result(10)
        database.backup(tmp_path / "copy")
        lanes.submit(lambda tx, now: add_mark(tx, "b")).result(10)
    database.close()
    copy = opened(str(tmp_path / "copy"))
    with lanes_on(copy) as lanes:
        lanes.submit(lambda tx, now: add_mark(tx, "c")).result(10)
    assert marks(copy) == ["a", "c"]
    copy.close()
