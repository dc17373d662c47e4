"""Functions of the market declare how they use the database; edges hold no transaction of their own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.source import Source, faults

READING = ("get_", "list_")


def undeclared(source: Source) -> Iterator[str]:
    """Functions of the market named as if they only read that do not declare it, and the reverse."""
    if source.room != "market":
        return
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and _is_performed(node):
            is_named_so = node.name.startswith(READING)
            if is_named_so != _declares_reading(node):
                yield source.fault(node, f"{node.name}: names that begin with get_ or list_ and reads=True go together")


def _is_performed(node: ast.FunctionDef) -> bool:
    """Does it take a call and named arguments only, as what `Market.perform` runs does?"""
    return not node.name.startswith("_") and [each.arg for each in node.args.args] == ["call"]


def _declares_reading(node: ast.FunctionDef) -> bool:
    return any("reads=True" in ast.unparse(decorator) for decorator in node.decorator_list)


def transactions_in_edges(source: Source) -> Iterator[str]:
    """Functions that take a `Call` or run SQL outside the market."""
    if source.room in ("core", "store", "market", "checks"):
        return
    for node in source.tree.body if source.room != "demo" else ():  # the demo acts as Requester and Workers do
        if isinstance(node, ast.FunctionDef) and any(each.arg == "call" for each in node.args.args):
            yield source.fault(node, f"{node.name}: a transaction is a function of the market")
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("call.db"):
            yield source.fault(node, "SQL is run by the market")


def test_functions_of_the_market_declare_that_they_read() -> None:
    assert faults(undeclared) == []


def test_edges_define_no_transaction() -> None:
    assert faults(transactions_in_edges) == []


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("market/hits/hits.py", "def get_hit(call, *, hit_id): ...", undeclared),
        ("market/hits/hits.py", "@transaction(reads=True)\ndef keep(call, *, hit_id): ...", undeclared),
        ("market/gauges.py", "@operation\ndef list_hits(call): ...", undeclared),
        ("cli/workers.py", "def new_worker(call, *, name): ...", transactions_in_edges),
        ("server/front.py", "call.db.one('SELECT 1 AS one')", transactions_in_edges),
    ],
)
def test_a_fault_is_found(path: str, text: str, rule: object) -> None:
    assert callable(rule)
    assert list(rule(Source(path, text))) != []


@pytest.mark.parametrize(
    "text",
    [
        "@operation(reads=True)\ndef get_hit(call, *, hit_id): ...",
        "@transaction(lane='assignment_id')\ndef submit(call, *, assignment_id): ...",
        "def get_from_row(call, row): ...",
        "def _list(call): ...",
    ],
)
def test_what_is_declared_is_no_fault(text: str) -> None:
    assert list(undeclared(Source("market/hits/hits.py", text))) == []
