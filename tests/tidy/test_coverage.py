"""The page of coverage is what the registry and the tests say, what it names is there, and it leaves nothing out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kempelen.core.wire.operations import REGISTRY
from tests import coverage
from tests.recording import Seen, Way, paths


def every_member() -> Iterator[tuple[str, Way, str]]:
    for name in sorted(REGISTRY):
        for way in coverage.WAYS:
            for member in coverage.members(name, way):
                yield name, way, member


def test_the_page_of_coverage_is_up_to_date() -> None:
    assert coverage.PAGE.read_text(encoding="utf-8") == coverage.page(), "run: python -m tests.coverage"


def test_the_page_has_a_row_for_every_member_and_every_error() -> None:
    page = coverage.PAGE.read_text(encoding="utf-8")
    parts = dict(zip(*[iter(re.split(r"^## (\w+)$", page, flags=re.MULTILINE)[1:])] * 2, strict=True))
    assert set(parts) == set(REGISTRY)
    for name, way, member in every_member():
        assert re.search(rf"^\| {re.escape(member)} \| {way}", parts[name], re.MULTILINE), (name, way, member)
    for name, errors in coverage.ERRORS.items():
        for error in errors:
            assert f"| {error['when']} |" in parts[name].replace("\\|", "|")


def test_every_operation_has_whole_requests_and_answers_written_down() -> None:
    golden = Path(coverage.__file__).parent / "golden"
    assert {path.stem for path in golden.glob("*.txt")} == set(REGISTRY)


def test_every_member_is_in_whole_requests_or_answers_or_it_is_said_why_it_never_can_be() -> None:
    absent = {each for each in every_member() if each[2] not in coverage.whole(each[0])[each[1]]}
    assert absent == {each for each in every_member() if coverage.why_never(*each)}
    assert set(coverage.NEVER) <= absent


def test_what_was_recorded_is_of_members_that_there_are_and_of_every_operation() -> None:
    seen = coverage.seen()
    recorded = {(name, way, member) for name in seen for way in coverage.WAYS for member in seen[name][way]}
    assert recorded <= set(every_member()), "run: make coverage"
    assert not any(coverage.why_never(*each) for each in recorded), "it is sent or told after all"
    for name in REGISTRY:
        for way in coverage.WAYS:
            assert seen[name][way] or not coverage.members(name, way), "run: make coverage"


def test_the_tests_that_are_named_are_there() -> None:
    named = {
        test
        for ways in coverage.seen().values()
        for tests in ways.values()
        for member in tests.values()
        for test in member
    }
    for scenario in coverage.SCENARIOS.values():
        file = scenario.__module__.removeprefix("tests.").replace(".", "/")
        named.add(f"{file}.py::{scenario.__name__}")
    assert [test for test in sorted(named) if not coverage.is_there(test)] == [], "run: python -m tests.coverage"
    assert not coverage.is_there("market/test_hits.py::test_nothing")
    assert not coverage.is_there("market/test_nothing.py::test_nothing")


def test_sources_are_of_members_that_there_are() -> None:
    told = {
        (name, way, member)
        for name, ways in coverage.MEMBER_SOURCES.items()
        for way, of in ways.items()
        for member in of
    }
    assert told <= set(every_member())


def test_grades_are_read_from_the_words_of_a_source() -> None:
    assert coverage.grades("rule docs; text inferred") == "docs, ours"
    assert coverage.grades("recorded R1 R6") == "recorded"
    assert coverage.grades("code R26; text by analogy") == "recorded, ours"
    assert coverage.grades("") == "ours"
    assert coverage.member_grades("CreateHIT", "told", "HIT.HITGroupId") == "recorded, model"
    assert coverage.member_grades("CreateHIT", "told", "HIT.Title") == "model"


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"A": 1, "B": None, "C": {"D": "x"}}, ["A", "C", "C.D"]),
        ({"A": [{"B": 1}, {"C": [2]}], "D": []}, ["A[]", "A[].B", "A[].C[]", "D[]"]),
    ],
)
def test_members_are_named_to_the_leaves(members: dict[str, object], found: list[str]) -> None:
    assert list(dict.fromkeys(paths(members))) == found


def test_the_tests_that_are_most_about_a_member_are_named_first_those_with_an_sdk() -> None:
    def saw(test: str, *members: str, wire: bool) -> list[Seen]:
        return [Seen(test, wire, "CreateWorkerBlock", "asked", member) for member in members]

    recorded = [
        *saw("clients/test_all.py::test_all", "WorkerId", "Reason", wire=True),
        *saw("clients/test_one.py::test_one", "Reason", wire=True),
        *saw("api/test_one.py::test_reason", "Reason", wire=True),
        *saw("api/test_golden.py::test_whole", "Reason", wire=True),
        *saw("market/test_blocks.py::test_many", "WorkerId", "Reason", wire=False),
        *saw("market/test_blocks.py::test_worker", "WorkerId", wire=False),
    ]
    assert coverage.chosen(recorded)["CreateWorkerBlock"]["asked"] == {
        "WorkerId": ["clients/test_all.py::test_all", "market/test_blocks.py::test_worker"],
        "Reason": ["clients/test_one.py::test_one", "market/test_blocks.py::test_many"],
    }
