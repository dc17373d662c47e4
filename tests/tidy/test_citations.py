"""What the code cites is in the repository: pages of docs/mturk, by the numbers of their sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.tidy.source import ROOT

CITED = re.compile(r"docs/mturk/([a-z-]+\.md)((?:[ ,]|and|to|no\.|\n|\s|[0-9.]+)*)")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
ELSEWHERE = re.compile(
    r"\bspec[ /](?:api|questions|worker|console|notifications|crowd-html)\.md|\b(?:design|style)\.md"
)
FOLDERS = ("src", "tests", "docs")
KINDS = {".py", ".js", ".html", ".css", ".sql", ".md"}
CITES_AS_A_TEST = {"tests/tidy/test_citations.py", "tests/tidy/test_committed_files.py"}


def files() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in KINDS and "node_modules" not in path.parts:
                yield path


@cache
def sections(page: str) -> frozenset[str]:
    """The numbers of a page's sections: `2`, `2.5`."""
    text = (ROOT / "docs" / "mturk" / page).read_text(encoding="utf-8")
    return frozenset(number.rstrip(".") for number in re.findall(r"^#+ (\d[\d.]*)", text, re.MULTILINE))


def faults(text: str) -> Iterator[str]:
    """Citations that lead nowhere."""
    for found in ELSEWHERE.finditer(text):
        yield f"{found[0]} is not in the repository"
    for page, numbers in CITED.findall(text):
        if not (ROOT / "docs" / "mturk" / page).is_file():
            yield f"docs/mturk/{page} does not exist"
            continue
        for number in NUMBER.findall(numbers.partition(" no.")[0]):
            if number not in sections(page):
                yield f"docs/mturk/{page} has no section {number}"


def test_every_citation_leads_to_a_section() -> None:
    found = {
        str(path.relative_to(ROOT)): list(faults(path.read_text(encoding="utf-8")))
        for path in files()
        if str(path.relative_to(ROOT)) not in CITES_AS_A_TEST and "migrations" not in path.parts
    }
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "text", ["Source: docs/mturk/api.md 2.99.", "docs/mturk/nothing.md 1", "spec api.md 2", "Source: design.md 1"]
)
def test_a_citation_that_leads_nowhere_is_found(text: str) -> None:
    assert list(faults(text))


@pytest.mark.parametrize("text", ["docs/mturk/api.md 2.5 and 4.1, at 12 o'clock", "docs/mturk/worker.md 2, 3 and 5."])
def test_a_citation_that_leads_somewhere_is_none(text: str) -> None:
    assert list(faults(text)) == []
