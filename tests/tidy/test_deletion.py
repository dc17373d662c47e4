"""Each table that names a Worker has a record which declares what deleting an account does to its rows."""

from __future__ import annotations

from collections import Counter

from kempelen.market import deletion
from kempelen.store.open import open_database


def tables_of_workers() -> set[str]:
    """The tables that name a Worker, or hold an address of one."""
    database = open_database(":memory:")
    database.migrate()
    found = set()
    with database.reading() as db:
        for table in db.all("SELECT name FROM sqlite_master WHERE type = 'table'"):
            columns = {row["name"] for row in db.all("SELECT name FROM pragma_table_info(:name)", name=table["name"])}
            if "worker_id" in columns or ("email" in columns and "requester_id" not in columns):
                found.add(str(table["name"]))
    database.close()
    return found


def declared() -> Counter[str]:
    return Counter(each.table for record in deletion.RECORDS for each in record.ON_ACCOUNT_DELETION)


def test_no_table_that_names_a_worker_is_forgotten() -> None:
    assert set(declared()) == tables_of_workers()


def test_each_table_is_either_erased_or_kept_for_a_reason() -> None:
    for record in deletion.RECORDS:
        for each in record.ON_ACCOUNT_DELETION:
            assert bool(each.sql) != bool(each.why_kept), each
            assert each.sql == "" or each.table in each.sql
