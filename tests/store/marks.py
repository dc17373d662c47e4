"""What tests of the store do with their databases: leave marks, and read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kempelen.store.database import Database, Transaction
from kempelen.store.lanes.lanes import Lanes
from kempelen.store.open import open_database

MIGRATIONS = Path(__file__).parent / "migrations"
START = datetime(2026, 10, 1, 12, tzinfo=UTC)

Job = Callable[[Transaction, datetime], Any]


def opened(target: str) -> Database:
    database = open_database(target)
    database.migrate(migrations=MIGRATIONS)
    return database


def nothing_due(tx: Transaction, now: datetime) -> bool:
    return False


@contextmanager
def lanes_on(database: Database, **settings: Any) -> Iterator[Lanes]:
    lanes = Lanes(database, **{"clock": lambda: START, "due": nothing_due, **settings})
    try:
        yield lanes
    finally:
        lanes.close()


def add_mark(tx: Transaction, name: str, **values: Any) -> None:
    values = {"note": None, "amount": 0, "made_at": None, **values}
    tx.run(
        "INSERT INTO mark (mark_id, note, amount, made_at) VALUES (:mark_id, :note, :amount, :made_at)",
        mark_id=name,
        **values,
    )


def marking(name: str) -> Job:
    """A job that leaves a mark and answers its name."""

    def job(tx: Transaction, now: datetime) -> str:
        add_mark(tx, name, made_at=now)
        return name

    return job


def marks(database: Database) -> list[str]:
    with database.reading() as db:
        return [row["mark_id"] for row in db.all("SELECT mark_id FROM mark ORDER BY mark_id")]
