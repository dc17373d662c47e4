"""Transactions: what goes in and comes out, what fails, what others see."""

from __future__ import annotations

import contextlib
import threading
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path

import pytest

from kempelen.core.money import Money
from kempelen.store.database import (
    ConstraintViolated,
    Database,
    DatabaseError,
    DatabaseUnavailable,
    StatementFailed,
    Transaction,
    instant,
    ms,
)
from tests.store.marks import START, add_mark, marks, opened


class Colour(StrEnum):
    RED = "red"


def test_an_instant_is_whole_milliseconds() -> None:
    at = datetime(2026, 10, 1, 14, 0, 0, 123999, tzinfo=timezone(timedelta(hours=2)))
    assert instant(ms(at)) == datetime(2026, 10, 1, 12, 0, 0, 123000, tzinfo=UTC)
    assert ms(datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)) == -1
    with pytest.raises(ValueError, match="no time zone"):
        ms(datetime(2026, 10, 1))  # noqa: DTZ001


def test_values_come_back_as_they_went_in(database: Database) -> None:
    text = 'it\'s 100% :note \\ "ünïcödé" 🂡\r\n'
    with database.writing() as db:
        add_mark(db, "text", note=text, amount=2**63 - 1, made_at=START)
        add_mark(db, "money", note=Colour.RED, amount=Money.parse("0.05"), made_at=True)
        add_mark(db, "nothing", note="", made_at=-(2**63))
    with database.reading() as db:
        rows = db.all("SELECT note, amount, made_at FROM mark ORDER BY mark_id DESC")
    assert rows == [
        {"note": text, "amount": 2**63 - 1, "made_at": ms(START)},
        {"note": "", "amount": 0, "made_at": -(2**63)},
        {"note": "red", "amount": 50_000, "made_at": 1},
    ]


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("a\0b", ValueError),
        ("\ud800", ValueError),
        (2**63, ValueError),
        (-(2**63) - 1, ValueError),
        (datetime(2026, 10, 1), ValueError),  # noqa: DTZ001
        (0.5, TypeError),
        (b"bytes", TypeError),
        ([], TypeError),
    ],
)
def test_what_one_database_cannot_hold_is_refused_by_both(
    database: Database, value: object, error: type[Exception]
) -> None:
    with database.writing() as db:
        with pytest.raises(error, match="note|no time zone"):
            db.run("INSERT INTO mark (mark_id, note) VALUES ('a', :note)", note=value)  # type: ignore[arg-type]
        add_mark(db, "and nothing is spoilt")
    assert marks(database) == ["and nothing is spoilt"]


def test_computed_values_are_whole_numbers(database: Database) -> None:
    with database.writing() as db:
        add_mark(db, "a", amount=2**62)
        add_mark(db, "b", amount=3)
        row = db.one(
            """
            SELECT sum(amount) AS total, count(*) AS marks, sum(amount) > :amount AS more, max(mark_id) AS latest,
                   sum(made_at) AS unset, :amount - 8 AS less
              FROM mark
            """,
            amount=5,
        )
    assert row == {"total": 2**62 + 3, "marks": 2, "more": 1, "latest": "b", "unset": None, "less": -3}
    assert all(type(value) in (int, str, type(None)) for value in row.values())


def test_texts_are_compared_byte_by_byte(database: Database) -> None:
    names = ["a", "B", "Z", "b", "_", "1", "é", "z"]
    with database.writing() as db:
        for name in names:
            add_mark(db, name)
        found = db.all("SELECT mark_id FROM mark WHERE mark_id LIKE 'B%'")
    assert marks(database) == sorted(names)
    assert found == [{"mark_id": "B"}]


def test_run_tells_how_many_rows_changed(database: Database) -> None:
    with database.writing() as db:
        add_mark(db, "a")
        add_mark(db, "b")
        assert db.run("UPDATE mark SET amount = 1") == 2
        assert db.run("UPDATE mark SET amount = 2 WHERE amount > 5") == 0
        assert db.run("INSERT INTO mark (mark_id) VALUES ('a') ON CONFLICT (mark_id) DO NOTHING") == 0
        assert db.run("DELETE FROM mark") == 2


def test_one_gives_a_row_or_none_and_two_are_a_fault(database: Database) -> None:
    with database.writing() as db:
        assert db.one("SELECT * FROM mark") is None
        add_mark(db, "a")
        assert db.one("UPDATE mark SET amount = 7 RETURNING amount") == {"amount": 7}
        add_mark(db, "b")
        with pytest.raises(AssertionError, match="one row was expected"):
            db.one("SELECT mark_id FROM mark")


def test_an_exception_undoes_the_transaction(database: Database) -> None:
    with pytest.raises(KeyError), database.writing() as db:
        add_mark_and_fail(db)
    assert marks(database) == []
    with database.writing() as db:
        add_mark(db, "b")
    assert marks(database) == ["b"]


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("INSERT INTO mark (mark_id) VALUES ('a')", ConstraintViolated),
        ("INSERT INTO mark (mark_id, amount) VALUES ('b', -1)", ConstraintViolated),
        ("INSERT INTO part (part_id, mark_id) VALUES ('c', 'nowhere')", ConstraintViolated),
        ("INSERT INTO mark (mark_id, amount) VALUES ('b', NULL)", ConstraintViolated),
        ("SELECT * FROM nowhere", StatementFailed),
        ("SELECT 1; SELECT 2", StatementFailed),
        ("SELECT :missing", StatementFailed),
    ],
)
def test_a_failed_statement_dooms_the_transaction_even_when_caught(
    database: Database, sql: str, error: type[DatabaseError]
) -> None:
    with database.writing() as db:
        add_mark(db, "a")
    with pytest.raises(error), database.writing() as db:
        add_mark_and_swallow_failure_of(db, sql)
    assert marks(database) == ["a"]


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(StatementFailed), database.reading() as db:
        db.run("INSERT INTO mark (mark_id) VALUES ('a')")
    assert marks(database) == []


def test_a_reader_sees_one_moment(durable: Database) -> None:
    with durable.reading() as before:
        assert count(before) == 0
        with durable.writing() as db:
            add_mark(db, "a")
        assert count(before) == 0
        with durable.reading() as after:
            assert count(after) == 1


def test_nobody_sees_what_is_not_committed(durable: Database) -> None:
    with durable.writing() as db:
        add_mark(db, "a")
        assert marks(durable) == []
    assert marks(durable) == ["a"]


def test_reading_inside_a_transaction_in_memory_joins_it() -> None:
    database = opened(":memory:")
    with database.writing() as db:
        add_mark(db, "a")
        with database.reading() as inner:
            assert count(inner) == 1
        add_mark(db, "b")
    assert marks(database) == ["a", "b"]
    database.close()


def test_threads_take_turns_in_memory() -> None:
    database = opened(":memory:")
    inside, leave = threading.Event(), threading.Event()

    def write() -> None:
        with database.writing() as db:
            add_mark(db, "a")
            inside.set()
            leave.wait(10)
            add_mark(db, "b")

    writer = threading.Thread(target=write)
    writer.start()
    inside.wait(10)
    threading.Timer(0.05, leave.set).start()
    assert marks(database) == ["a", "b"]  # never one of them
    writer.join()
    database.close()


def test_many_threads_read_at_once(database: Database) -> None:
    with database.writing() as db:
        add_mark(db, "a")
    seen: list[list[str]] = []

    def read() -> None:
        seen.extend(marks(database) for _ in range(20))

    threads = [threading.Thread(target=read) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [["a"]] * 240


def test_a_named_lock_is_held_until_the_end(durable: Database) -> None:
    order: list[str] = []
    begun = threading.Event()

    def second() -> None:
        with durable.writing() as db:
            begun.set()
            db.lock("door")
            order.append("second")

    with durable.writing() as db:
        db.lock("door")
        db.lock("door")
        thread = threading.Thread(target=second)
        thread.start()
        begun.wait(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_lock_that_is_shared_keeps_out_who_wants_it_alone(server_url: str) -> None:
    """On SQLite there is nothing to see: there is one writer at a time anyway."""
    order: list[str] = []
    begun = threading.Event()
    first, second, third = opened(server_url), opened(server_url), opened(server_url)

    def alone() -> None:
        with third.writing() as db:
            begun.set()
            db.lock("door")
            order.append("alone")

    with first.writing() as one:
        one.share("door")
        with second.writing() as another:
            another.share("door")
            thread = threading.Thread(target=alone)
            thread.start()
            begun.wait(5)
            order.append("second of two who share")
        order.append("first of two who share")
    thread.join()
    assert order == ["second of two who share", "first of two who share", "alone"]
    for database in (first, second, third):
        database.close()


def test_a_closed_database_says_so(target: str) -> None:
    database = opened(target)
    database.close()
    with pytest.raises(DatabaseUnavailable, match="closed"), database.reading():
        pass


def test_a_database_stays_when_it_is_closed(durable_target: str) -> None:
    database = opened(durable_target)
    with database.writing() as db:
        add_mark(db, "a")
    database.close()
    database = opened(durable_target)
    assert marks(database) == ["a"]
    database.close()


def test_the_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    database = opened(str(tmp_path))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    database.close()
    assert modes["market.db"] == 0o600
    assert set(modes.values()) == {0o600}


def add_mark_and_fail(db: Transaction) -> None:
    add_mark(db, "a")
    raise KeyError


def add_mark_and_swallow_failure_of(db: Transaction, sql: str) -> None:
    add_mark(db, "b")
    with contextlib.suppress(DatabaseError):
        db.run(sql)


def count(db: Transaction) -> int:
    row = db.one("SELECT count(*) AS marks FROM mark")
    assert row is not None
    return int(row["marks"])
