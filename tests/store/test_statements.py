"""One SQL text for two databases: parameters, scripts, column types."""

from __future__ import annotations

import pytest

from kempelen.store.statements import defined_for_postgresql, defined_for_sqlite, for_psycopg, separate


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SELECT :a, :b_2", "SELECT %(a)s, %(b_2)s"),
        ("a=:a AND(b>:a)", "a=%(a)s AND(b>%(a)s)"),
        ("'12:30' || :a || 'it''s :b'", "'12:30' || %(a)s || 'it''s :b'"),
        ('SELECT ":a" FROM t', 'SELECT ":a" FROM t'),
        ("CAST(:a AS TEXT), x::text", "CAST(%(a)s AS TEXT), x::text"),
        ("a % 7 AND b LIKE '%x'", "a %% 7 AND b LIKE '%%x'"),
        ("1 -- not :a, nor 5%\n, :b", "1 -- not :a, nor 5%%\n, %(b)s"),
        ("1 /* :a */ , :b", "1 /* :a */ , %(b)s"),
        ("''':a'''", "''':a'''"),
    ],
)
def test_parameters_are_found_where_they_are_parameters(ours: str, theirs: str) -> None:
    assert for_psycopg(ours).decode() == theirs


def test_a_script_is_taken_apart_at_its_own_semicolons() -> None:
    script = """
        -- one; two
        CREATE TABLE a (x TEXT DEFAULT ';'); /* ; */
        INSERT INTO a VALUES ('it''s; so') ;;
        SELECT 1
    """
    assert list(separate(script)) == [
        "CREATE TABLE a (x TEXT DEFAULT ';')",
        "INSERT INTO a VALUES ('it''s; so')",
        "SELECT 1",
    ]


def test_column_types_are_said_the_databases_way() -> None:
    ours = "CREATE TABLE a (b TEXT, c BIGINT DEFAULT 1 CHECK (b <> 'TEXT'), d TEXT CHECK (CAST(c AS TEXT) <> b)) STRICT"
    assert defined_for_sqlite(ours) == ours.replace("BIGINT", "INTEGER")
    assert defined_for_postgresql(ours) == (
        "CREATE TABLE a (b TEXT COLLATE \"C\", c BIGINT DEFAULT 1 CHECK (b <> 'TEXT'), "
        'd TEXT COLLATE "C" CHECK (CAST(c AS TEXT) <> b))'
    )


def test_a_table_kept_in_the_order_of_its_key_is_one_that_only_sqlite_is_told_of() -> None:
    ours = "CREATE TABLE a (b BIGINT PRIMARY KEY) STRICT, WITHOUT ROWID"
    assert defined_for_sqlite(ours) == "CREATE TABLE a (b INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID"
    assert defined_for_postgresql(ours) == "CREATE TABLE a (b BIGINT PRIMARY KEY)"


def test_statements_of_a_migration_that_make_no_table_stay_as_they_are() -> None:
    ours = "UPDATE a SET b = CAST(c AS TEXT)"
    assert defined_for_postgresql(ours) == ours


def test_an_index_that_holds_whole_texts_is_one_that_only_sqlite_is_told_of() -> None:
    ours = "CREATE INDEX a_text_covering ON a (b, text)"
    assert defined_for_sqlite(ours) == ours
    assert defined_for_postgresql(ours) == "SELECT 1"
    assert for_psycopg("SELECT b FROM a INDEXED BY a_text_covering WHERE b = :b") == b"SELECT b FROM a  WHERE b = %(b)s"
