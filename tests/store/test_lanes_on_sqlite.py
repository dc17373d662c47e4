"""What can happen to a lane on SQLite: other processes that write, a full disk, a growing log."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from kempelen.store.database import Database, DatabaseUnavailable, Transaction
from kempelen.store.failures import Abandoned
from kempelen.store.sqlite import checkpoints
from kempelen.store.sqlite.checkpoints import Checkpoints
from kempelen.store.sqlite.database import SQLiteDatabase
from kempelen.store.sqlite.transactions import SQLiteWriter
from kempelen.store.sqlite.transactions import opened as connected
from tests.awaited import awaited
from tests.store.marks import add_mark, lanes_on, marking, marks, opened

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    database = opened(str(folder))
    yield database
    database.close()


@pytest.mark.slow
def test_a_lane_waits_while_another_process_writes(folder: Path, database: Database) -> None:
    script = """
        import sys
        from tests.store.marks import add_mark, opened
        database = opened(sys.argv[1])
        with database.writing() as db:
            add_mark(db, "theirs")
            print("writing", flush=True)
            sys.stdin.readline()
    """
    with lanes_on(database) as lanes, another_process(script, folder) as other:
        assert other.stdout
        assert other.stdout.readline() == "writing\n"
        ours = lanes.submit(marking("ours"))
        with pytest.raises(TimeoutError):
            ours.result(0.3)
        assert other.stdin
        other.stdin.write("\n")
        other.stdin.flush()
        assert ours.result(20) == "ours"
        assert lanes.counters().runs_again == 0
        assert other.wait(10) == 0
    assert marks(database) == ["ours", "theirs"]


def test_jobs_do_not_wait_for_another_process_for_ever(
    folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kempelen.store.sqlite.database.LANE_TIMEOUT_SECONDS", 0.1)
    other = opened(str(folder))
    with lanes_on(database, timeout=0.3) as lanes:
        with other.writing() as db:
            add_mark(db, "theirs")
            with pytest.raises(DatabaseUnavailable, match="locked"):
                lanes.submit(marking("ours")).result(20)
        assert lanes.submit(marking("later")).result(20) == "later"
    other.close()
    assert marks(database) == ["later", "theirs"]


@pytest.mark.slow
def test_commands_get_their_turn_beside_a_busy_lane(folder: Path, database: Database) -> None:
    script = """
        import sys, time
        from tests.store.marks import add_mark, opened
        database = opened(sys.argv[1])
        for number in range(20):
            with database.writing() as db:
                add_mark(db, f"command {number:02}")
        database.close()
    """
    finished = threading.Event()
    answered: list[int] = []

    def load(thread: int) -> None:
        async def one(number: int) -> None:
            while not finished.is_set():
                await lanes.run(marking(f"{thread} {number} {len(answered)} {time.perf_counter_ns()}"))
                answered.append(1)

        async def many() -> None:
            await asyncio.gather(*(one(number) for number in range(32)))

        awaited(many())

    with lanes_on(database) as lanes, another_process(script, folder) as other:
        busy = threading.Thread(target=load, args=(1,))
        busy.start()
        assert other.wait(60) == 0
        finished.set()
        busy.join()
    names = marks(database)
    assert len(names) == len(answered) + 20
    assert len(answered) > 100


def test_a_job_too_large_for_the_disk_fails_alone(folder: Path, database: Database) -> None:
    class SmallDisk(SQLiteDatabase):
        def writer(self, name: str = "") -> SQLiteWriter:
            writer = super().writer(name)
            writer.run("PRAGMA max_page_count = 100")
            return writer

    def flood(tx: Transaction, now: datetime) -> None:
        add_mark(tx, "flood", note="x" * 1_000_000)

    small = SmallDisk(folder)
    with lanes_on(small) as lanes:
        for name in "abcd":
            lanes.submit(marking(name)).result(10)
        futures = [lanes.submit(marking("e")), lanes.submit(flood), lanes.submit(marking("f"))]
        assert futures[0].result(10) == "e"
        with pytest.raises(Abandoned, match="full|gave the transaction up"):
            futures[1].result(10)
        assert futures[2].result(10) == "f"
    assert marks(small) == ["a", "b", "c", "d", "e", "f"]
    small.close()


@pytest.mark.slow
def test_the_log_is_copied_beside_the_lane_and_begins_anew(
    folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL", 0.01)
    monkeypatch.setattr(checkpoints, "MOST_FRAMES", 200)
    note, written = "x" * 8000, 0
    log, most = folder / "market.db-wal", 0

    def job(tx: Transaction, now: datetime) -> None:
        add_mark(tx, f"{written:06}", note=note)

    with lanes_on(database) as lanes:
        while written < 100 or written * len(note) <= 2 * most:  # until it has begun anew
            assert written < 20_000
            lanes.submit(job).result(10)
            written += 1
            most = max(most, log.stat().st_size)
    assert len(marks(database)) == written
    database.close()
    assert not log.exists()
    with sqlite3.connect(folder / "market.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


@pytest.mark.slow
def test_a_checkpoint_needs_a_commit_since_the_last_one(folder: Path, database: Database) -> None:
    keeper = Checkpoints(lambda: connected(folder / "market.db", 0.1), folder / "lock")
    writer = SQLiteWriter(connected(folder / "market.db", 0.1), 5.0, checkpoints=keeper)

    def write(name: str) -> None:
        writer.begin()
        add_mark(writer, name)
        writer.commit()

    file = folder / "market.db"
    copied = file.read_bytes()
    try:
        write("takes over")
        wait_for(keeper, 1)  # which only takes the lock: who knows what others have copied
        assert file.read_bytes() == copied
        write("a")
        wait_for(keeper, 2)
        assert file.read_bytes() != copied
        time.sleep(3 * checkpoints.INTERVAL)
        assert keeper.ended == 2
        writer.begin()
        assert writer.all("SELECT * FROM mark WHERE mark_id = 'b'") == []
        writer.commit()  # nothing written
        time.sleep(3 * checkpoints.INTERVAL)
        assert keeper.ended == 2
        write("b")
        wait_for(keeper, 3)
    finally:
        keeper.close()
        writer.close()


@pytest.mark.slow
def test_only_one_process_checkpoints(folder: Path, database: Database) -> None:
    first = Checkpoints(lambda: connected(folder / "market.db", 0.1), folder / "lock")
    first.committed(0)
    wait_for(first, 1)
    second = Checkpoints(lambda: connected(folder / "market.db", 0.1), folder / "lock")
    second.committed(0)
    time.sleep(3 * checkpoints.INTERVAL)
    assert second.ended == 0
    first.close()
    wait_for(second, 1)
    second.close()


def wait_for(keeper: Checkpoints, ended: int) -> None:
    until = time.monotonic() + 10
    while keeper.ended < ended and time.monotonic() < until:
        time.sleep(0.01)
    assert keeper.ended == ended


class another_process:  # noqa: N801 - reads as what it is
    """A Python process that runs a script, given the folder; ended with the block."""

    def __init__(self, script: str, folder: Path) -> None:
        lines = script.splitlines()
        source = "\n".join(line[8:] for line in lines)
        self._process = subprocess.Popen(
            [sys.executable, "-c", source, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> subprocess.Popen[str]:
        return self._process

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
