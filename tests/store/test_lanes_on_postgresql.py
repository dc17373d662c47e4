"""What can happen to a lane on PostgreSQL: deadlocks, lost connections, a commit nobody heard the answer to."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from zlib import crc32

import psycopg
import pytest

from kempelen.store.database import Database, DatabaseUnavailable, Disconnected, Transaction
from kempelen.store.lanes.lanes import OutcomeUnknown
from kempelen.store.open import open_database
from kempelen.store.postgresql import transactions
from tests.awaited import awaited
from tests.store.broken_wire import Break, Wire, wire_to
from tests.store.marks import add_mark, lanes_on, marking, marks, opened

SESSION_OF_THIS_TRANSACTION = "SELECT pg_backend_pid() AS pid"


@pytest.fixture
def direct(server_url: str) -> Iterator[Database]:
    database = opened(server_url)
    yield database
    database.close()


@pytest.fixture
def wire(server_url: str, direct: Database) -> Iterator[Wire]:
    with wire_to(server_url) as wire:
        yield wire


@pytest.fixture
def over_wire(wire: Wire) -> Iterator[Database]:
    database = open_database(wire.url)
    yield database
    database.close()


def end_session(url: str, pid: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])


def total(database: Database) -> int:
    with database.reading() as db:
        row = db.one("SELECT sum(amount) AS total FROM mark")
        assert row is not None
        return int(row["total"])


@pytest.mark.slow
def test_lanes_that_deadlock_run_again_and_lose_nothing(direct: Database) -> None:
    both_hold_one = threading.Barrier(2)
    first_runs = {"a": True, "b": True}

    def crossing(mine: str, other: str) -> object:
        def job(tx: Transaction, now: datetime) -> None:
            tx.run("UPDATE mark SET amount = amount + 1 WHERE mark_id = :mine", mine=mine)
            if first_runs[mine]:
                first_runs[mine] = False
                both_hold_one.wait(10)
            tx.run("UPDATE mark SET amount = amount + 10 WHERE mark_id = :other", other=other)

        return job

    with lanes_on(direct, count=2) as lanes:
        lanes.submit(marking("a")).result(10)
        lanes.submit(marking("b")).result(10)
        keys = two_keys_of_different_lanes()
        futures = [
            lanes.submit(crossing("a", "b"), key=keys[0]),  # type: ignore[arg-type]
            lanes.submit(crossing("b", "a"), key=keys[1]),  # type: ignore[arg-type]
        ]
        for future in futures:
            future.result(20)
        assert lanes.counters().runs_again >= 1
    assert total(direct) == 22


def test_a_lock_somebody_holds_too_long_is_no_failure(direct: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = transactions.SESSION.replace("'10s'", "'50ms'")
    monkeypatch.setattr(transactions, "SESSION", impatient)

    def raise_amount(tx: Transaction, now: datetime) -> int:
        return tx.run("UPDATE mark SET amount = amount + 1 WHERE mark_id = 'a'")

    with lanes_on(direct) as lanes:
        lanes.submit(marking("a")).result(10)
        with direct.writing() as db:
            db.run("UPDATE mark SET amount = 5 WHERE mark_id = 'a'")
            future = lanes.submit(raise_amount)
            until = time.monotonic() + 10
            while not lanes.counters().runs_again and time.monotonic() < until:
                time.sleep(0.01)
            assert lanes.counters().runs_again >= 1
            assert not future.done()
        assert future.result(10) == 1
    assert total(direct) == 6


def test_a_connection_lost_in_a_job_runs_the_batch_again(server_url: str, direct: Database) -> None:
    runs: list[int] = []

    def lose(tx: Transaction, now: datetime) -> int:
        row = tx.one(SESSION_OF_THIS_TRANSACTION)
        assert row is not None
        runs.append(row["pid"])
        add_mark(tx, f"run {len(runs)}")
        if len(runs) == 1:
            end_session(server_url, runs[0])
        add_mark(tx, "done")
        return len(runs)

    with lanes_on(direct, count=1) as lanes:
        futures = [lanes.submit(marking("before")), lanes.submit(lose), lanes.submit(marking("after"))]
        assert [future.result(10) for future in futures] == ["before", 2, "after"]
    assert marks(direct) == ["after", "before", "done", "run 2"]


def test_a_connection_lost_while_idle_is_not_noticed(server_url: str, direct: Database) -> None:
    with lanes_on(direct) as lanes:
        for name in "abc":
            row = lanes.submit(lambda tx, now: tx.one(SESSION_OF_THIS_TRANSACTION)).result(10)
            assert row is not None
            end_session(server_url, row["pid"])
            assert lanes.submit(marking(name)).result(10) == name
    assert marks(direct) == ["a", "b", "c"]


def test_readers_lost_while_idle_are_not_noticed(server_url: str, direct: Database) -> None:
    for _ in range(3):
        with direct.reading() as db:
            row = db.one(SESSION_OF_THIS_TRANSACTION)
            assert row is not None
        end_session(server_url, row["pid"])
        assert marks(direct) == []


def test_a_reader_lost_in_the_middle_says_so(server_url: str, direct: Database) -> None:
    def read() -> None:
        with direct.reading() as db:
            row = db.one(SESSION_OF_THIS_TRANSACTION)
            assert row is not None
            end_session(server_url, row["pid"])
            db.one(SESSION_OF_THIS_TRANSACTION)

    with pytest.raises(Disconnected):
        read()
    assert marks(direct) == []


@pytest.mark.parametrize("first_batch", [True, False], ids=["first batch", "later batch"])
@pytest.mark.parametrize("how", ["after", "before", "silent"])
def test_a_commit_whose_answer_is_lost_is_done_exactly_once(
    direct: Database, over_wire: Database, wire: Wire, how: Break, first_batch: bool
) -> None:
    runs: list[int] = []

    def pay(tx: Transaction, now: datetime) -> str:
        runs.append(1)
        add_mark(tx, f"payment of run {len(runs)}", amount=1)
        return "paid"

    with lanes_on(over_wire, count=1) as lanes:
        if not first_batch:
            lanes.submit(marking("before")).result(10)
        wire.break_at_commit(how)
        assert lanes.submit(pay).result(20) == "paid"
        assert wire.broken.is_set()
        assert lanes.submit(marking("later")).result(10) == "later"
    assert total(direct) == 1
    assert len(runs) == (1 if how == "after" else 2)


@pytest.mark.parametrize("first_batch", [True, False], ids=["first batch", "later batch"])
def test_a_commit_that_is_still_to_happen_is_waited_for(
    direct: Database, over_wire: Database, wire: Wire, first_batch: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the lost session cannot be ended, as behind a connection pooler."""
    monkeypatch.setattr(transactions, "END_OTHERS", "SELECT %s")
    with lanes_on(over_wire, count=1) as lanes:
        if not first_batch:
            lanes.submit(marking("before")).result(10)
        wire.break_at_commit("late")
        assert lanes.submit(paying).result(20) == "paid"
        assert wire.broken.is_set()
    assert total(direct) == 1


def paying(tx: Transaction, now: datetime) -> str:
    add_mark(tx, f"payment {time.perf_counter_ns()}", amount=1)
    return "paid"


def test_all_jobs_of_a_batch_learn_what_became_of_it(direct: Database, over_wire: Database, wire: Wire) -> None:
    async def many(prefix: str) -> list[object]:
        jobs = (lanes.run(marking(f"{prefix}{number:02}")) for number in range(40))
        same = (lanes.run(marking(f"{prefix}07")) for _ in range(3))  # these fail, each for itself
        return list(await asyncio.gather(*jobs, *same, return_exceptions=True))

    with lanes_on(over_wire, count=1) as lanes:
        for how in ("after", "before"):
            wire.break_at_commit(how)  # type: ignore[arg-type]
            answers = awaited(many(how))
            assert answers[:40] == [f"{how}{number:02}" for number in range(40)]
            assert [type(answer).__name__ for answer in answers[40:]] == ["ConstraintViolated"] * 3
    assert len(marks(direct)) == 80


@pytest.mark.parametrize("how", ["after", "before"])
def test_an_outcome_that_cannot_be_known_is_said_to_be_unknown(
    direct: Database, over_wire: Database, wire: Wire, how: Break
) -> None:
    with lanes_on(over_wire, count=1, timeout=0.3) as lanes:
        lanes.submit(marking("before")).result(10)
        wire.break_at_commit(how, and_stay_cut=True)
        with pytest.raises(OutcomeUnknown, match="this was done, or it was not"):
            lanes.submit(marking("this")).result(10)
        wire.mend()
        assert lanes.submit(marking("later")).result(10) == "later"
    assert marks(direct) == (["before", "later", "this"] if how == "after" else ["before", "later"])


def test_jobs_wait_for_a_database_that_is_away(direct: Database, over_wire: Database, wire: Wire) -> None:
    with lanes_on(over_wire, count=1, timeout=20) as lanes:
        lanes.submit(marking("before")).result(10)
        wire.cut()
        futures = [lanes.submit(marking(name)) for name in "abc"]
        time.sleep(0.2)
        assert not any(future.done() for future in futures)
        wire.mend()
        assert [future.result(10) for future in futures] == ["a", "b", "c"]
    assert marks(direct) == ["a", "b", "before", "c"]


def test_jobs_do_not_wait_for_ever(direct: Database, over_wire: Database, wire: Wire) -> None:
    with lanes_on(over_wire, count=1, timeout=0.3) as lanes:
        lanes.submit(marking("before")).result(10)
        wire.cut()
        futures = [lanes.submit(marking(name)) for name in "abc"]
        for future in futures:
            with pytest.raises(DatabaseUnavailable, match="nothing was done"):
                future.result(10)
        with pytest.raises(DatabaseUnavailable), over_wire.reading():
            pass
        wire.mend()
        assert lanes.submit(marking("after")).result(10) == "after"
    assert marks(direct) == ["after", "before"]


def test_lanes_can_be_closed_while_the_database_is_away(direct: Database, over_wire: Database, wire: Wire) -> None:
    with lanes_on(over_wire, count=1, timeout=0.3) as lanes:
        lanes.submit(marking("before")).result(10)
        wire.cut()
        future = lanes.submit(marking("a"))
        lanes.close()
        with pytest.raises(DatabaseUnavailable):
            future.result(0)
    assert marks(direct) == ["before"]


def test_commits_are_durable_even_where_the_server_is_told_not_to_care(server_url: str, direct: Database) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE postgres SET synchronous_commit = 'off'")
    try:
        with lanes_on(direct) as lanes:
            row = lanes.submit(lambda tx, now: tx.one("SHOW synchronous_commit")).result(10)
        assert row == {"synchronous_commit": "on"}
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute("ALTER ROLE postgres RESET synchronous_commit")


def test_a_server_that_is_not_there_is_named_as_the_fault() -> None:
    database = open_database("postgresql://nobody:secret-word@127.0.0.1:1/nothing")
    with pytest.raises(DatabaseUnavailable) as caught:
        database.migrate()
    assert "secret-word" not in str(caught.value)


def two_keys_of_different_lanes() -> tuple[str, str]:
    lane_of = {str(number): crc32(b"%d" % number) % 2 for number in range(9)}
    return next(key for key in lane_of if lane_of[key] == 0), next(key for key in lane_of if lane_of[key] == 1)
