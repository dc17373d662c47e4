"""One page, one view: a page function returns what it knows, and does not ask whether a program reads it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.source import PACKAGE, Source, faults, sources

TEMPLATES = PACKAGE / "web" / "templates"
OUTCOMES = {"View", "Done", "View | Done", "Response", "RedirectResponse", "StreamingResponse"}


def branches_on_the_reader(source: Source) -> Iterator[str]:
    """Where a page asks whether a program reads it, or renders and encodes by itself."""
    if not source.path.startswith("web/worker/"):
        return
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "wants_json":
            yield source.fault(node, "a page returns a View or a Done, for people and programs alike")


def other_outcomes(source: Source) -> Iterator[str]:
    """Page functions that return something else than a view, what was done, or a file."""
    if not source.path.startswith("web/worker/"):
        return
    for node in source.tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
            returned = ast.unparse(node.returns) if node.returns else "nothing"
            if returned not in OUTCOMES:
                yield source.fault(node, f"{node.name} returns {returned}: a page returns a View or a Done")


def templates_of(source: Source) -> list[str]:
    """The templates that the views of a file name."""
    return [
        node.value.value
        for node in source.nodes
        if isinstance(node, ast.Assign)
        and [ast.unparse(target) for target in node.targets] == ["template"]
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


def test_no_page_asks_who_reads_it() -> None:
    assert faults(branches_on_the_reader) == []


def test_pages_return_views() -> None:
    assert faults(other_outcomes) == []


def test_every_page_has_one_view_and_one_template() -> None:
    named = Counter(name for source in sources() for name in templates_of(source))
    own = {
        path.relative_to(TEMPLATES).as_posix()
        for path in Path(TEMPLATES / "worker").glob("*.html")
        if not path.name.startswith("_")
    }
    assert set(named) == own
    assert [name for name, times in named.items() if times > 1] == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("async def page(visit) -> View:\n    return A() if visit.wants_json else B()", branches_on_the_reader),
        ("async def page(visit) -> dict: ...", other_outcomes),
        ("async def page(visit): ...", other_outcomes),
    ],
)
def test_a_fault_is_found(text: str, rule: object) -> None:
    assert callable(rule)
    assert list(rule(Source("web/worker/page.py", text))) != []
