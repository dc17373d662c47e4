"""The page of coverage is what the registry and the tests say, and what it names is there."""

from pathlib import Path

from kempelen.core.operations import REGISTRY
from tests import coverage


def test_the_page_of_coverage_is_up_to_date() -> None:
    assert coverage.PAGE.read_text(encoding="utf-8") == coverage.page(), "run: python -m tests.coverage"


def test_every_operation_has_whole_requests_and_answers_written_down() -> None:
    golden = Path(coverage.__file__).parent / "golden"
    assert {path.stem for path in golden.glob("*.txt")} == set(REGISTRY)


def test_grades_are_read_from_the_words_of_a_source() -> None:
    assert coverage.grades("rule docs; text inferred") == "docs, ours"
    assert coverage.grades("recorded R1 R6") == "recorded"
    assert coverage.grades("code R26; text by analogy") == "recorded, ours"
    assert coverage.grades("") == "ours"
