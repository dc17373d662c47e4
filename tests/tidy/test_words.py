"""The code uses the words of the glossary in docs/architecture.md, and none of the metaphors that they replace."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.tidy.source import ROOT, Source, faults

# As whole names, or as parts between underscores: words that stood for several things at once, or for none.
BANNED = {
    "told": "shown, recorded, translated, sent",
    "tell": "append_event, enqueue, print, answer",
    "said": "text, message",
    "anew": "again; translate_text",
    "veil": "encrypt",
    "unveil": "decrypt",
    "hush": "clear",
    "astray": "elsewhere",
    "patience": "timeout",
}
BANNED_NAMES = {"far_end", "FarEnd", "go", "those_there_are", "Words", "put_up"}
BANNED_FILES = {"know", "doors", "care", "rosters", "departures", "places", "words", "guide", "find"}


def banned_names(source: Source) -> Iterator[str]:
    """Names of functions, classes, parameters and variables that are not in the trade's words."""
    for node in source.nodes:
        name = _defined(node)
        if name is None:
            continue
        parts = name.strip("_").lower().split("_")
        for part in parts:
            if part in BANNED:
                yield source.fault(node, f"{name}: not '{part}', but {BANNED[part]}")
        if name in BANNED_NAMES:
            yield source.fault(node, f"{name} is not a word of the glossary")


def _defined(node: ast.AST) -> str | None:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    return None


PROSE = re.compile(r"\b(?:told|tell|tells|telling|anew|astray)\b", re.IGNORECASE)
SAYS_IT_TO_PEOPLE = {"web/tasks/uploads.py", "demo/samples.py"}  # "Please tell …", in texts for people


def banned_prose(source: Source) -> Iterator[str]:
    """Docstrings and comments that say "tell" for what has a name of its own."""
    if source.path in SAYS_IT_TO_PEOPLE:
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := PROSE.search(line):
            yield f"src/kempelen/{source.path}:{number}: '{found[0]}': send, show, append, answer, translate?"


def banned_files(source: Source) -> Iterator[str]:
    """Files that are called by a metaphor."""
    for part in source.path.removesuffix(".py").split("/"):
        if part in BANNED_FILES:
            yield source.fault(source.tree, f"'{part}' says nothing to a newcomer")


def test_names_are_words_of_the_trade() -> None:
    assert faults(banned_names) == []


def test_prose_is_in_words_of_the_trade() -> None:
    assert faults(banned_prose) == []


def test_files_are_named_for_what_they_hold() -> None:
    assert faults(banned_files) == []


@pytest.mark.parametrize(
    "text",
    [
        "def _tell(call): ...",
        "told = 1",
        "def f(said): ...",
        "class FarEnd: ...",
        "def go(call): ...",
        "x_told: int = 1",
    ],
)
def test_a_banned_name_is_found(text: str) -> None:
    assert list(banned_names(Source("market/hits/hits.py", text))) != []


def test_the_glossary_names_what_is_banned() -> None:
    glossary = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Words")[2]
    for word in ("tell", "say", "far end", "place", "go"):
        assert re.search(rf"\|[^|\n]*\b{word}\b[^|\n]*\|$", glossary, re.MULTILINE), word
