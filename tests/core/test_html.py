"""Tags are found as browsers find them, and a page of any content is read in a number of steps linear in its length."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from kempelen.core.questions import html, task_pages


def names(page: str) -> list[str]:
    return [f"/{tag.name}" if tag.is_end else tag.name for tag in html.tags(page)]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>a</p><BR/>b", ["p", "/p", "br"]),
        ("a < b <3 <> </> </ x><i>", ["i"]),
        ("<!-- <a> --><b>", ["b"]),
        ("<!--><b>", ["b"]),
        ("<!---><b>", ["b"]),
        ("<!-- <a> --!><b>", ["b"]),
        ("<!-- <a> -- > <b>", []),
        ("<!doctype html><b>", ["b"]),
        ("<?php <a> ?><b>", ["b"]),
        ("<a title='<b>' alt=\"</a>\"><c>", ["a", "c"]),
        ("<a b=<c><d>", ["a", "d"]),
        ("<a", []),
        ("<a title='<b><c>", []),
        ("<script><a></script ><b>", ["script", "/script", "b"]),
        ("<script><!-- <script> </script> --></script><b>", ["script", "/script", "b"]),
        ("<script><!-- <a> </script><b>", ["script", "/script", "b"]),
        ("<script><!--><script></script><b>", ["script", "/script", "b"]),
        ("<script></scripty></SCRIPT\n><b>", ["script", "/script", "b"]),
        ("<script>never <a>", ["script"]),
        ("<textarea><form></textarea><form>", ["textarea", "/textarea", "form"]),
        ("<title><form></title><style><b></style><i>", ["title", "/title", "style", "/style", "i"]),
        ("<plaintext><a>", ["plaintext"]),
    ],
)
def test_tags_are_those_a_browser_finds(page: str, expected: list[str]) -> None:
    assert names(page) == expected


def test_attributes_have_their_names_values_and_places() -> None:
    page = "<INPUT Name = \"a b\" type='text' value=x/ checked name=second>"
    (tag,) = html.tags(page)
    assert {name: found.value for name, found in tag.attributes.items()} == {
        "name": "a b",
        "type": "text",
        "value": "x/",
        "checked": "",
    }
    assert [page[found.start : found.end] for found in tag.attributes.values()] == ['"a b"', "'text'", "x/", ""]


@pytest.mark.parametrize(
    ("page", "start"),
    [
        ("<p>", 0),
        ("<!doctype html><p>", 15),
        ("\ufeff <!-- a --> <!DOCTYPE html PUBLIC 'x'>\n<p>", 39),
        ("<!-- a --><p>", 0),
        ("<!-- never", 0),
    ],
)
def test_content_begins_after_the_doctype(page: str, start: int) -> None:
    assert html.content_start(page) == start


HOSTILE = (
    "<!-- -->", "<!--", "<!-->", "<!--->", "--!", "-->", "<", "</", "<!", "<?", "<!doctype", "<a ", "<a b=", "<a b='",
    '<a b="', "<a b=' ", "= ", "'\"", "<script>", "<script><!--", "<script><!--<script>", "</script", "<textarea>",
    "</textarea", "<title>", "<style", "<form>", "<input name=a>", "\n", "/stand-ins/", "<script src=/stand-ins/",
    "action=' //", "\\/",
)  # fmt: skip


def steps(act: Any) -> int:
    """How many lines of Python are executed in the modules under test."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if frame.f_globals.get("__name__") not in (html.__name__, task_pages.__name__):
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("start", ["", "<a b='", "<script>", "<!--"])
def test_reading_takes_a_number_of_steps_linear_in_the_length(piece: str, start: str) -> None:
    def read(times: int) -> None:
        page = start + piece * times + "<form>"
        html.content_start(page)
        task_pages.may_be_submitted(page, in_a_form=True)
        _ = task_pages.read(page).addition

    few, many = steps(lambda: read(40)), steps(lambda: read(160))
    assert many <= 4 * few


def test_no_expression_of_the_reader_gives_back_what_it_has_consumed() -> None:
    """So each costs time linear in what it consumes; lines of Python say nothing of that."""
    patterns = [value for value in vars(html).values() if isinstance(value, re.Pattern)]
    patterns += html._END_TAG.values()
    assert patterns
    for pattern in patterns:
        assert not list(_repeats_that_backtrack(re._parser.parse(pattern.pattern, pattern.flags))), pattern.pattern  # type: ignore[attr-defined]


def _repeats_that_backtrack(parsed: Any) -> Iterator[Any]:
    for operator, argument in parsed:
        if str(operator) in ("MAX_REPEAT", "MIN_REPEAT") and argument[1] > 1:
            yield operator
        for part in argument if isinstance(argument, (tuple, list)) else [argument]:
            for inner in part if isinstance(part, list) else [part]:
                if isinstance(inner, re._parser.SubPattern):  # type: ignore[attr-defined]
                    yield from _repeats_that_backtrack(inner)
