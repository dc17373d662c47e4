"""Migrations: each once, in order, all or none, after a backup; never on a newer database."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kempelen.store.database import BackupFailed, ConstraintViolated, Database, DatabaseError, DatabaseTooNew
from kempelen.store.open import open_database
from kempelen.store.schema import migrations_in
from tests import postgres
from tests.store.marks import MIGRATIONS, add_mark, marks

ROOT = Path(__file__).parents[2]
SECOND = (
    "ALTER TABLE mark ADD COLUMN colour TEXT; -- a comment; with a semicolon\nUPDATE mark SET colour = 'grey; or so';"
)
THIRD = "CREATE TABLE shade (shade_id TEXT PRIMARY KEY, depth BIGINT NOT NULL) STRICT;"
BROKEN = "CREATE TABLE dusk (dusk_id TEXT PRIMARY KEY) STRICT;\nINSERT INTO nowhere VALUES (1);"


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """The tests' first migration, in a folder to add to."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    return folder


def versions(database: Database) -> list[int]:
    with database.reading() as db:
        return [row["number"] for row in db.all("SELECT number FROM migration ORDER BY number")]


def table_names(database: Database) -> set[str]:
    with database.reading() as db:
        return database.tables(db)


def test_our_own_migrations_apply(target: str) -> None:
    database = open_database(target)
    database.migrate()
    assert {"migration", "lane", "hit", "assignment", "account"} <= table_names(database)
    before = versions(database)
    database.migrate()
    assert versions(database) == before
    database.close()


def test_what_is_missing_is_applied_once(target: str, migrations: Path, tmp_path: Path) -> None:
    database = open_database(target)
    database.migrate(migrations=migrations)
    with database.writing() as db:
        add_mark(db, "a")
    (migrations / "0002_colours.sql").write_text(SECOND)
    (migrations / "0003_shades.sql").write_text(THIRD)
    (migrations / "notes.txt").write_text("not a migration")
    for _ in range(2):
        database.migrate(backup_to=tmp_path / "backups", migrations=migrations)
    assert versions(database) == [1, 2, 3]
    with database.reading() as db:
        assert db.all("SELECT mark_id, colour FROM mark") == [{"mark_id": "a", "colour": "grey; or so"}]
    database.close()


def test_a_failing_migration_changes_nothing(target: str, migrations: Path, tmp_path: Path) -> None:
    database = open_database(target)
    database.migrate(migrations=migrations)
    (migrations / "0002_colours.sql").write_text(SECOND)
    (migrations / "0003_broken.sql").write_text(BROKEN)
    before = table_names(database)
    with pytest.raises(DatabaseError, match="nowhere"):
        database.migrate(backup_to=tmp_path / "backups", migrations=migrations)
    assert versions(database) == [1]
    assert table_names(database) == before
    (migrations / "0003_broken.sql").write_text(THIRD)
    database.migrate(backup_to=tmp_path / "backups", migrations=migrations)
    assert versions(database) == [1, 2, 3]
    database.close()


def test_a_newer_database_is_refused_and_left_alone(target: str, migrations: Path, tmp_path: Path) -> None:
    database = open_database(target)
    (migrations / "0002_colours.sql").write_text(SECOND)
    (migrations / "0003_shades.sql").write_text(THIRD)
    database.migrate(migrations=migrations)
    with pytest.raises(DatabaseTooNew, match="version 3.* up to 1") as caught:
        database.migrate(backup_to=tmp_path / "backups", migrations=MIGRATIONS)
    assert (caught.value.found, caught.value.known) == (3, 1)
    assert versions(database) == [1, 2, 3]
    assert not (tmp_path / "backups").exists()
    database.close()


def test_a_backup_is_made_before_a_migration(durable_target: str, migrations: Path, tmp_path: Path) -> None:
    database = open_database(durable_target)
    database.migrate(backup_to=tmp_path / "backups", migrations=migrations)
    assert not (tmp_path / "backups").exists()  # there was nothing to lose
    with database.writing() as db:
        add_mark(db, "a")
    (migrations / "0002_colours.sql").write_text(SECOND)
    database.migrate(backup_to=tmp_path / "backups", migrations=migrations)
    database.close()
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name.startswith("market-before-0002-20")
    assert copy.stat().st_mode & 0o777 == 0o600
    content = content_of(copy)
    assert "mark" in content
    assert "colour" not in content


def test_sqlite_backs_up_beside_itself_unless_told_otherwise(tmp_path: Path, migrations: Path) -> None:
    database = open_database(tmp_path / "data")
    database.migrate(migrations=migrations)
    (migrations / "0002_colours.sql").write_text(SECOND)
    database.migrate(migrations=migrations)
    database.close()
    assert len(list((tmp_path / "data" / "backups").iterdir())) == 1


def test_postgresql_is_not_migrated_without_a_backup(
    server_url: str, migrations: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(server_url)
    database.migrate(migrations=migrations)
    (migrations / "0002_colours.sql").write_text(SECOND)
    with pytest.raises(BackupFailed, match="no folder"):
        database.migrate(migrations=migrations)
    monkeypatch.setattr("shutil.which", lambda name: str(tmp_path / "no pg_dump"))
    with pytest.raises((BackupFailed, OSError)):
        database.migrate(backup_to=tmp_path / "backups", migrations=migrations)
    assert versions(database) == [1]
    database.migrate(have_backup=True, migrations=migrations)
    assert versions(database) == [1, 2]
    database.close()


def test_a_backup_that_fails_stops_the_migration(durable_target: str, migrations: Path, tmp_path: Path) -> None:
    database = open_database(durable_target)
    database.migrate(migrations=migrations)
    (migrations / "0002_colours.sql").write_text(SECOND)
    (tmp_path / "a file").write_text("in the way")
    with pytest.raises(OSError, match="a file"):
        database.migrate(backup_to=tmp_path / "a file", migrations=migrations)
    assert versions(database) == [1]
    database.close()


def test_several_threads_migrate_at_once(durable_target: str, migrations: Path, tmp_path: Path) -> None:
    (migrations / "0002_colours.sql").write_text(SECOND)
    faults: list[BaseException] = []

    def start() -> None:
        database = open_database(durable_target)
        try:
            database.migrate(backup_to=tmp_path / "backups", migrations=migrations)
        except BaseException as fault:
            faults.append(fault)
        finally:
            database.close()

    run_at_once(start)
    assert faults == []
    (migrations / "0003_shades.sql").write_text(THIRD)
    run_at_once(start)
    assert faults == []
    database = open_database(durable_target)
    assert versions(database) == [1, 2, 3]
    database.close()
    assert len(list((tmp_path / "backups").iterdir())) == 1


@pytest.mark.slow
def test_several_processes_start_at_once(durable_target: str) -> None:
    script = "import sys; from kempelen.store.open import open_database; open_database(sys.argv[1]).migrate()"
    command = [sys.executable, "-c", script, durable_target]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    database = open_database(durable_target)
    assert versions(database) == list(range(1, len(migrations_in(ROOT / "src/kempelen/store/migrations")) + 1))
    database.close()


def test_a_table_can_be_replaced_and_its_rows_keep_what_points_at_them(tmp_path: Path, migrations: Path) -> None:
    database = open_database(tmp_path / "data")
    database.migrate(migrations=migrations)
    with database.writing() as db:
        add_mark(db, "a")
        db.run("INSERT INTO part (part_id, mark_id) VALUES ('p', 'a')")
    replace = """
        CREATE TABLE new_mark (mark_id TEXT PRIMARY KEY) STRICT;
        INSERT INTO new_mark SELECT mark_id FROM mark{};
        DROP TABLE mark;
        ALTER TABLE new_mark RENAME TO mark;
    """
    (migrations / "0002_smaller.sql").write_text(replace.format(" WHERE mark_id <> 'a'"))
    with pytest.raises(ConstraintViolated, match="point at nothing"):
        database.migrate(migrations=migrations)
    assert marks(database) == ["a"]
    (migrations / "0002_smaller.sql").write_text(replace.format(""))
    database.migrate(migrations=migrations)
    assert marks(database) == ["a"]
    with pytest.raises(ConstraintViolated), database.writing() as db:
        db.run("DELETE FROM mark")
    database.close()


def test_migrations_are_numbered_without_a_gap(migrations: Path) -> None:
    (migrations / "0003_shades.sql").write_text(THIRD)
    with pytest.raises(AssertionError, match="1, 2, 3"):
        migrations_in(migrations)


def run_at_once(start: object) -> None:
    threads = [threading.Thread(target=start) for _ in range(4)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def content_of(copy: Path) -> str:
    """The statements that make what is in a copy."""
    if copy.suffix == ".db":
        connection = sqlite3.connect(copy)
        content = "\n".join(connection.iterdump())
        connection.close()
        return content
    command = [str(postgres.programs() / "pg_restore"), "--file=-", str(copy)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
