"""SELECT statements are put together from fixed parts, and mean the same on both databases."""

from __future__ import annotations

from kempelen.store.database import Database
from kempelen.store.select import Select, statement


def test_parts_that_are_empty_leave_no_trace() -> None:
    assert statement("SELECT 1", "", "LIMIT 1") == "SELECT 1 LIMIT 1"
    assert Select("*", "hit").sql == "SELECT * FROM hit"


def test_conditions_all_hold_whatever_stands_in_them() -> None:
    found = Select("*", "hit h").where("h.open > 0 OR h.pending > 0").where("h.status = :status")
    assert found.sql == "SELECT * FROM hit h WHERE (h.open > 0 OR h.pending > 0) AND (h.status = :status)"


def test_a_column_is_added() -> None:
    assert Select("h.*", "hit h").adding("h.open AS free").sql == "SELECT h.*, h.open AS free FROM hit h"


def test_an_end_replaces_the_one_before_and_nothing_is_changed_in_place() -> None:
    first = Select("*", "hit", ("open > 0",), "ORDER BY hit_id")
    assert first.ending("ORDER BY created_at", "LIMIT :most").sql.endswith("ORDER BY created_at LIMIT :most")
    assert first.where("pending = 0").sql != first.sql == "SELECT * FROM hit WHERE (open > 0) ORDER BY hit_id"


def test_a_select_runs(database: Database) -> None:
    colours = "(SELECT 'blue' AS name, 1 AS rank UNION ALL SELECT 'red', 2 UNION ALL SELECT 'green', 3) colours"
    found = Select("name", colours).where("rank > :least", "name <> 'red' OR rank = 1").ending("ORDER BY name LIMIT 5")
    with database.reading() as db:
        assert [row["name"] for row in db.all(found.sql, least=1)] == ["green"]
