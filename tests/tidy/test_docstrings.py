"""core and market say what the caller gets: every file opens with a paragraph, every public function has a line."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.source import Source, faults

Definition = ast.FunctionDef | ast.AsyncFunctionDef
SHORT = 3  # statements of a method that a good name may explain by itself
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}


def undocumented(source: Source) -> Iterator[str]:
    """Files and public functions of core and market without a docstring."""
    if source.room not in ("core", "market"):
        return
    if not (ast.get_docstring(source.tree) or "").strip():
        yield source.fault(source.tree, "the file does not open with a docstring")
    for node in source.tree.body:
        if isinstance(node, Definition):
            yield from _undocumented_function(source, node, short=0)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for member in node.body:
                if isinstance(member, Definition):
                    yield from _undocumented_function(source, member, short=SHORT)


def _undocumented_function(source: Source, node: Definition, *, short: int) -> Iterator[str]:
    statements = sum(isinstance(child, ast.stmt) for child in ast.walk(node)) - 1
    is_overload = any(isinstance(each, ast.Name) and each.id == "overload" for each in node.decorator_list)
    if not node.name.startswith("_") and not is_overload and statements > short and not ast.get_docstring(node):
        yield source.fault(node, f"{node.name} has no docstring")


def vague(source: Source) -> Iterator[str]:
    """Files named by nothing."""
    for part in source.path.removesuffix(".py").split("/"):
        if part in VAGUE_NAMES:
            yield source.fault(source.tree, f"'{part}' says nothing; name the file after what it holds")


def test_core_and_market_say_what_the_caller_gets() -> None:
    assert faults(undocumented) == []


def test_files_are_named_after_what_they_hold() -> None:
    assert faults(vague) == []


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        '"""A file."""\ndef create(call):\n    return 1',
        '"""A file."""\nclass A:\n    def create(self):\n        a = 1\n        a = 2\n        b = 3\n        return a',
    ],
)
def test_a_missing_docstring_is_seen(text: str) -> None:
    assert len(list(undocumented(Source("market/hits/hits.py", text)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        '"""A file."""\ndef create(call):\n    """A hit."""\n    return 1',
        '"""A file."""\ndef _create(call):\n    return 1',
        '"""A file."""\nclass A:\n    """A."""\n    def size(self):\n        return 1',
    ],
)
def test_what_needs_no_docstring_is_no_fault(text: str) -> None:
    assert list(undocumented(Source("market/hits/hits.py", text))) == []


def test_a_vague_name_is_seen() -> None:
    assert len(list(vague(Source("core/utils.py", "")))) == 1
