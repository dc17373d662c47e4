"""Files of a data folder that are missing, cut off or of different times: every command says so and loses nothing."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.api.test_cli import refused, run, told
from tests.clients.server import READY_SECONDS, Server

pytestmark = pytest.mark.slow

# Commits that are answered, with readers and the checkpoints' thread held off, and then the end without warning.
CRASH = """
import os, signal, sys
from kempelen.config import Config
from kempelen.market.people import accounts
from kempelen.market.foundation.call import OPERATOR
from kempelen.core.money import Money
from kempelen.opening import open_market
from kempelen.store.sqlite import checkpoints
from pathlib import Path

checkpoints.INTERVAL = 1000.0
market = open_market(Config(data=Path(sys.argv[1])), serving=True)
(lab,) = market.perform(OPERATOR, accounts.list_requesters)
for _ in range(20):
    market.perform(OPERATOR, accounts.deposit, requester_id=lab.requester_id, amount=Money.parse("1.00"))
os.kill(os.getpid(), signal.SIGKILL)
"""
SEEN = ("check",), ("requester", "list"), ("requester", "add", "New", "--email", "new@example.org"), ("serve",)


@pytest.fixture(scope="module")
def stopped_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which a command has ended well."""
    folder = tmp_path_factory.mktemp("stopped") / "data"
    kempelen(folder, "requester", "add", "Lab", "--email", "lab@example.org", "--deposit", "5.00")
    assert not (folder / "market.db-wal").exists()
    return folder


@pytest.fixture(scope="module")
def killed_folder(stopped_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, after a process has been killed that had answered twenty deposits; they are in the WAL alone."""
    folder = tmp_path_factory.mktemp("killed") / "data"
    shutil.copytree(stopped_folder, folder)
    done = subprocess.run([sys.executable, "-c", CRASH, str(folder)], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    assert (folder / "market.db-wal").stat().st_size > 20 * 4096
    return folder


@pytest.fixture
def stopped(stopped_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return _copied(stopped_folder, tmp_path, monkeypatch)


@pytest.fixture
def killed(killed_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return _copied(killed_folder, tmp_path, monkeypatch)


def _copied(folder: Path, to: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEMPELEN_DATA", str(to / "data"))
    monkeypatch.delenv("KEMPELEN_DATABASE", raising=False)
    return Path(shutil.copytree(folder, to / "data"))


def kempelen(folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEMPELEN_")}
    command = [sys.executable, "-m", "kempelen", *arguments, "--data", str(folder)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def refused_by_all(folder: Path, exit_code: int = 1) -> str:
    """What every command says, all the same and again and again, and none of them changes a file that matters."""
    before = contents(folder)
    texts = {refused(*command, exit_code=exit_code) for command in SEEN for _ in range(2)}
    assert len(texts) == 1
    assert contents(folder) == before
    return texts.pop()


def contents(folder: Path) -> dict[str, bytes]:
    """All that is in the files, without what SQLite makes anew whenever it reads."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in ("market.db-shm", "server.lock")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.stat().st_size}


def balance() -> str:
    (lab,) = told("requester", "list")["requesters"]
    return str(lab["available"])


# ---------------------------------------------------------------------------------------------- what is lost


@pytest.mark.parametrize("left", ["market.db-wal", "market.db-mark", "key", "uploads/31/AB31", "backups/market.db"])
@pytest.mark.parametrize("empty", [True, False], ids=["empty", "missing"])
def test_a_database_that_is_gone_is_not_taken_for_a_new_one(tmp_path, monkeypatch, left, empty):
    monkeypatch.setenv("KEMPELEN_DATA", str(tmp_path / "data"))
    file = tmp_path / "data" / left
    file.parent.mkdir(parents=True)
    file.write_text("something")
    if empty:
        (tmp_path / "data" / "market.db").touch()
    text = refused_by_all(tmp_path / "data")
    assert ("is empty" if empty else "is missing") in text
    assert left.partition("/")[0] in text
    assert "Restore a backup" in text


def test_an_empty_file_of_an_interrupted_start_is_no_obstacle(tmp_path, monkeypatch):
    monkeypatch.setenv("KEMPELEN_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    for name in ("market.db", "market.db-wal", "market.db-mark"):
        (tmp_path / "data" / name).touch()
    assert told("requester", "add", "Lab", "--email", "lab@example.org")["requester_id"]


@pytest.mark.parametrize("damage", ["missing", "empty", "cut off", "overwritten in the middle", "header lost"])
def test_a_wal_that_is_missing_or_damaged_is_not_taken_for_a_clean_stop(killed, damage):
    wal = killed / "market.db-wal"
    size = wal.stat().st_size
    if damage == "missing":
        wal.unlink()
    elif damage == "cut off":
        os.truncate(wal, size // 2)
    elif damage == "empty":
        os.truncate(wal, 0)
    else:
        with wal.open("r+b") as file:
            file.seek(0 if damage == "header lost" else size // 2)
            file.write(b"\xff" * 64)
    text = refused_by_all(killed)
    assert "market.db-wal is missing or damaged" in text
    (killed / "market.db-mark").write_bytes(b"")  # as the text says
    assert balance() != "25.00"
    assert run("check") == "All checks passed.\n"


def test_a_database_that_is_cut_off_is_refused(stopped):
    os.truncate(stopped / "market.db", (stopped / "market.db").stat().st_size - 3 * 4096)
    assert "is damaged or cut off" in refused_by_all(stopped)


@pytest.mark.parametrize("pages", [20, 40])  # fewer may all stand in the log
def test_a_database_that_is_cut_off_beside_its_wal_is_refused(killed, pages):
    os.truncate(killed / "market.db", (killed / "market.db").stat().st_size - pages * 4096)
    assert "cut off: " in refused_by_all(killed)


def test_a_database_whose_head_is_overwritten_is_refused(stopped):
    with (stopped / "market.db").open("r+b") as file:
        file.write(bytes(100))
    assert "is damaged: it does not begin" in refused_by_all(stopped)


def test_the_wal_of_another_time_is_not_replayed_onto_a_database(killed, stopped_folder, tmp_path):
    kempelen(killed, "requester", "list")  # which brings the WAL into the database
    shutil.copy(killed / "market.db", tmp_path / "newer.db")
    (killed / "market.db-mark").unlink()
    shutil.copy(stopped_folder / "market.db", killed / "market.db")
    done = subprocess.run([sys.executable, "-c", CRASH, str(killed)], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    shutil.copy(tmp_path / "newer.db", killed / "market.db")
    os.truncate(killed / "market.db-wal", 32 + 4 * 4120)  # which ends before the newer one does
    (killed / "market.db-mark").unlink()
    assert "does not belong to this market.db" in refused_by_all(killed)


def test_a_backup_is_not_mixed_with_the_wal_that_was_there_before(killed, stopped_folder, tmp_path):
    kempelen(stopped_folder, "backup", str(tmp_path / "copy"))
    shutil.copy(tmp_path / "copy" / "market.db", killed / "market.db")
    text = refused_by_all(killed)
    assert "does not belong to this market.db" in text
    for name in ("market.db-wal", "market.db-shm", "market.db-mark"):  # as the text says
        (killed / name).unlink(missing_ok=True)
    assert balance() == "5.00"


def test_a_database_copied_alone_from_a_running_server_is_refused(tmp_path, monkeypatch):
    with Server(tmp_path / "first") as server:
        keys = server.add_requester("Lab", deposit="5.00")
        server.client(keys).create_hit_type(Title="a", Description="b", Reward="0.05", AssignmentDurationInSeconds=60)
        wait_for_checkpoint(server.folder)
        copied_alone(tmp_path / "first", tmp_path / "second", monkeypatch)
        text = refused_by_all(tmp_path / "second")
        assert "was copied while a server ran, without market.db-wal" in text
        (tmp_path / "second/market.db-mark").touch()  # as the text says
        assert balance() == "5.00"
        assert server.stop() == 0
    copied_alone(tmp_path / "first", tmp_path / "third", monkeypatch)
    assert balance() == "5.00", "after a clean stop the database is whole by itself"


def test_a_database_that_a_command_has_read_after_a_kill_is_whole_by_itself(tmp_path, monkeypatch):
    with Server(tmp_path / "first") as server:
        server.add_requester("Lab", deposit="5.00")
        server.kill()
        server.told("requester", "list")
        assert not (tmp_path / "first/market.db-wal").exists()
    copied_alone(tmp_path / "first", tmp_path / "second", monkeypatch)
    assert balance() == "5.00"


def wait_for_checkpoint(folder: Path) -> None:
    """Wait until the file alone holds the HIT type: then it holds all that was committed before."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(f"file:{folder / 'market.db'}?immutable=1", uri=True)) as alone,
        ):
            if alone.execute("SELECT count(*) FROM hit_type").fetchone() == (1,):
                return
        time.sleep(0.02)
    raise AssertionError("no checkpoint came")


def copied_alone(folder: Path, to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to.mkdir()
    for name in ("market.db", "key"):
        shutil.copy(folder / name, to / name)
    monkeypatch.setenv("KEMPELEN_DATA", str(to))


def test_damage_within_the_database_is_found_by_check(stopped):
    connection = sqlite3.connect(stopped / "market.db", isolation_level=None)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'account'").fetchone()
    connection.close()
    with (stopped / "market.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(64))
    found = told("check", exit_code=1)
    assert found["ok"] is False
    assert all("damaged" in each for each in found["problems"])


@pytest.mark.parametrize("key", ["missing", "empty", "another"])
def test_a_key_that_is_gone_is_asked_for_and_none_is_made(stopped, key):
    if key == "missing":
        (stopped / "key").unlink()
    else:
        (stopped / "key").write_text("" if key == "empty" else "ab" * 32)
    before = contents(stopped)
    exit_code = 2 if key == "missing" else 1
    for command in (("requester", "list"), ("serve", "--port", "0")):
        assert "key" in refused(*command, exit_code=exit_code)
    (problem,) = told("check", exit_code=1)["problems"]
    assert "key" in problem
    assert contents(stopped) == before


# ---------------------------------------------------------------------------------------------- what is well


def test_after_a_kill_everything_is_there(killed):
    assert balance() == "25.00"
    assert run("check") == "All checks passed.\n"
    assert told("requester", "deposit", "Lab", "1.00")["available"] == "26.00"


def test_a_folder_copied_after_a_kill_or_a_stop_goes_on_elsewhere(killed, stopped_folder, tmp_path, monkeypatch):
    for name, folder, expected in (("one", killed, "25.00"), ("two", stopped_folder, "5.00")):
        monkeypatch.setenv("KEMPELEN_DATA", str(shutil.copytree(folder, tmp_path / name)))
        assert balance() == expected


def test_a_mark_that_lags_behind_or_cannot_be_read_stops_nobody(killed):
    mark = killed / "market.db-mark"
    for text in ("0000000001\n", "", "nonsense\n", "00000"):
        mark.write_text(text)
        assert balance() == "25.00"


def test_a_backup_is_restored_over_what_is_newer(killed, tmp_path):
    run("backup", str(tmp_path / "copy"))
    for _ in range(3):
        run("requester", "deposit", "Lab", "1.00")
    assert balance() == "28.00"
    shutil.copy(tmp_path / "copy" / "market.db", killed / "market.db")
    assert balance() == "25.00"
    assert told("requester", "deposit", "Lab", "1.00")["available"] == "26.00"
    assert balance() == "26.00"


def test_a_marketplace_of_an_earlier_version_is_opened_as_it_is(stopped):
    (stopped / "market.db-mark").unlink()
    assert balance() == "5.00"


def test_commits_are_counted_past_the_largest_number(stopped):
    for count, mark in ((2**31 - 2, 2**31 - 2), (-2, 2**32 - 2)):
        connection = sqlite3.connect(stopped / "market.db", isolation_level=None)
        connection.execute(f"PRAGMA user_version={count}")
        connection.close()
        (stopped / "market.db-mark").write_text(f"{mark:010}\n")
        for _ in range(3):
            run("requester", "deposit", "Lab", "1.00")
    assert int((stopped / "market.db-mark").read_text()) < 100
    assert json.loads(run("check", "--json"))["ok"]
