"""Wire names stand in core/wire/names.py alone; SQL is plain text, the same for both databases."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import botocore.session  # type: ignore[import-untyped]
import pytest

from tests.tidy.source import PACKAGE, Source, faults

# The same words in another vocabulary: XML elements of answers and of answer keys.
OTHER_VOCABULARIES = {
    "core/questions/answers.py": {"QuestionIdentifier"},
    "core/questions/answer_keys.py": {"AnswerKey", "QuestionIdentifier"},
    "core/questions/question_forms.py": {"QuestionIdentifier"},
    "core/questions/questions.py": {"QuestionIdentifier"},
}


@cache
def wire_members() -> frozenset[str]:
    """The member names of the published service model that are no plain English words: `HITId`, not `Title`."""
    model = botocore.session.get_session().get_service_model("mturk")
    shapes = [model.shape_for(name) for name in model.shape_names]
    members = {member for shape in shapes if shape.type_name == "structure" for member in shape.members}
    return frozenset(member for member in members if re.search("[a-z][A-Z]|HIT.", member))


def wire_names(source: Source) -> Iterator[str]:
    """Wire member names as strings or parameters, outside the file where they are made.

    The same words in CamelCase are types of ours (`WorkerId`, `MaxResults`), and those are fine.
    """
    if source.path == "core/wire/names.py":
        return
    forbidden = wire_members() - OTHER_VOCABULARIES.get(source.path, set())
    for constant, text in source.strings():
        if text in forbidden:
            yield source.fault(constant, f"the wire name {text!r}; say it in snake_case, names.py turns it")
    for node in source.nodes:
        if isinstance(node, ast.keyword | ast.arg) and node.arg in forbidden:
            yield source.fault(node, f"the wire name {node.arg} as a parameter of ours")


SQL = re.compile(
    r"\b(SELECT\s|INSERT\s+INTO\b|DELETE\s+FROM\b|UPDATE\s+\S+\s+SET\b|CREATE\s+TABLE\b|\bWHERE\s+\S+\s*[=<>]|ORDER\s+BY\s)"
)
BY_KEY = "lists page by key, not by OFFSET"
BY_PAGE_NUMBER = {
    "market/hits/listings.py",
    "market/work/history.py",
}  # the worker site's pages have numbers, as the original's had
NOT_PORTABLE = {
    r"::\s*[a-z]": "CAST(…), not ::",
    r"\b(now|datetime|strftime|unixepoch|random|gen_random_uuid)\s*\(": "time and chance are parameters",
    r"\bCURRENT_(TIMESTAMP|DATE|TIME)\b": "time is a parameter",
    r"\bOFFSET\b": BY_KEY,
    r"\b(INSERT\s+OR\s+(REPLACE|IGNORE)|AUTOINCREMENT|rowid|ILIKE)\b": "not on both databases",
}


def sql(source: Source) -> Iterator[str]:
    """SQL which a function puts together from values, or which only one database understands.

    Texts put together once, while the module is imported, are made of constants alone.
    """
    functions = [n for n in source.nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    inside = {id(node): node for function in functions for node in ast.walk(function)}
    for node in inside.values():
        if _formats_sql(node):
            yield source.fault(node, "SQL is one plain text; its values are :name parameters")
    if source.room in ("core", "market"):
        for constant, text in source.strings():
            if SQL.search(text):
                for reason in unportable(text):
                    if reason != BY_KEY or source.path not in BY_PAGE_NUMBER:
                        yield source.fault(constant, reason)


def _formats_sql(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else " x " for part in node.values)
        return bool(SQL.search(text)) and any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        sides = [node.left] if isinstance(node.op, ast.Mod) else [node.left, node.right]
        if isinstance(node.op, ast.Add) and all(_is_fixed(side) for side in sides):
            return False
        return any(_is_sql(side) for side in sides)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("format", "format_map", "replace") and _is_sql(node.func.value)
    return False


def _is_sql(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(SQL.search(node.value))


def _is_fixed(node: ast.expr) -> bool:
    """A constant text, by itself, by the name of a constant, or put together from such."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_fixed(node.left) and _is_fixed(node.right)
    if isinstance(node, ast.Name | ast.Attribute):
        return (node.id if isinstance(node, ast.Name) else node.attr).isupper()
    return isinstance(node, ast.Constant)


def unportable(text: str) -> Iterator[str]:
    """Why an SQL text is not right on both databases."""
    without_texts = re.sub(r"'[^']*'", "''", re.sub(r"--[^\n]*", "", text))
    for pattern, reason in NOT_PORTABLE.items():
        if re.search(pattern, without_texts):
            yield reason


def columns_of_odd_types(text: str) -> list[str]:
    """Column lines of CREATE TABLE whose type is neither TEXT nor BIGINT."""
    without_comments = re.sub(r"--[^\n]*", "", text)
    tables = re.findall(r"CREATE TABLE \w+ \((.*?)\n\)", without_comments, re.DOTALL)
    lines = [line.strip() for table in tables for line in table.splitlines()]
    columns = [line for line in lines if re.match(r"[a-z_]+\s+(?!IN\b|IS\b)[A-Z]", line)]
    return [line for line in columns if not re.match(r"[a-z_]+\s+(TEXT|BIGINT)\b", line)]


def test_wire_names_are_made_from_ours() -> None:
    assert faults(wire_names) == []


def test_sql_is_plain_and_portable() -> None:
    assert faults(sql) == []


def test_migrations_are_portable() -> None:
    migrations = sorted((PACKAGE / "store" / "migrations").glob("*.sql"))
    assert migrations
    for migration in migrations:
        text = migration.read_text(encoding="utf-8")
        assert (migration.name, list(unportable(text)), columns_of_odd_types(text)) == (migration.name, [], [])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("market/hits/hits.py", "raise InvalidParameterValue(parameter='HITId')"),
        ("api/protocol.py", "members['MaxResults']"),
        ("web/worker/work.py", "create(HITTypeId=1)"),
        ("core/wire/errors.py", "def f(WorkerId): ..."),
        ("core/questions/answers.py", "x = 'AssignmentId'"),
    ],
)
def test_a_wire_name_is_seen(path: str, text: str) -> None:
    assert len(list(wire_names(Source(path, text)))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("core/wire/names.py", "x = 'HITId'"),
        ("core/questions/answers.py", "x = 'QuestionIdentifier'"),
        ("market/hits/hits.py", "def f(hit_id: MaxResults, title='Title'):\n    'HITId'"),
        ("core/wire/shapes.py", "NextToken = Annotated[str, 5]"),
        ("core/wire/errors.py", "text = 'Provide a Question or a HITLayoutId.'"),
    ],
)
def test_a_name_of_ours_is_no_fault(path: str, text: str) -> None:
    assert list(wire_names(Source(path, text))) == []


@pytest.mark.parametrize(
    "text",
    [
        'tx.run(f"DELETE FROM hit WHERE hit_id = {hit_id}")',
        'tx.all(f"""SELECT hit_id FROM {table}""")',
        "tx.one(\"SELECT * FROM hit WHERE hit_id = '%s'\" % hit_id)",
        'tx.one("SELECT * FROM {}".format(table))',
        'tx.one("SELECT * FROM hit " + where)',
        'tx.one("SELECT now() AS x")',
        'tx.one("SELECT x::text FROM hit")',
        'tx.one("SELECT hit_id FROM hit LIMIT 5 OFFSET 10")',
        'tx.run("INSERT INTO hit (created_at) VALUES (CURRENT_TIMESTAMP)")',
    ],
)
def test_sql_made_by_formatting_or_for_one_database_is_seen(text: str) -> None:
    assert len(list(sql(Source("market/hits/hits.py", f"def f(): {text}")))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "tx.one(\"SELECT hit_id FROM hit WHERE created_at < :now AND title = 'a::b now()'\")",
        'tx.one(SELECT + " WHERE hit_id = :hit_id")',
        'log(f"select a {thing} where you like")',
    ],
)
def test_plain_sql_is_no_fault(text: str) -> None:
    assert list(sql(Source("market/hits/hits.py", f"def f(): {text}"))) == []


def test_sql_put_together_on_import_is_no_fault() -> None:
    assert list(sql(Source("market/hits/hits.py", "SORTED = [f'SELECT x FROM hit ORDER BY {c}' for c in 'ab']"))) == []


def test_an_odd_column_type_is_seen() -> None:
    table = "CREATE TABLE hit (\n    hit_id TEXT PRIMARY KEY,\n    reward DECIMAL NOT NULL,\n    CHECK (reward > 0)\n);"
    assert columns_of_odd_types(table) == ["reward DECIMAL NOT NULL,"]
