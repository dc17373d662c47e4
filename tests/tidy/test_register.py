"""The register of behaviour names only evidence and tests that there are."""

import re
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
GRADES = {"model", "docs", "recorded", "ours"}


def rows(text: str) -> Iterator[tuple[str, str, str]]:
    """Rule, grade and tests of each row of the register."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("|") and len(cells) == 3 and cells[0] not in ("Rule", "") and not set(cells[0]) <= set("-|"):
            yield cells[0], cells[1], cells[2]


def faults(text: str) -> list[str]:
    """What is wrong with the register: an unknown grade, a test that is not there, or none."""
    found = []
    for rule, grade, tests in rows(text):
        named = re.findall(r"`([^`]+)`", tests)
        if not named:
            found.append(f"no test: {rule}")
        found += [f"no such test {name}: {rule}" for name in named if not (REPOSITORY / "tests" / name).exists()]
        found += [f"no such grade {each}: {rule}" for each in set(grade.split(", ")) - GRADES]
    return found


def test_every_rule_names_its_evidence_and_a_test_that_exists() -> None:
    text = (REPOSITORY / "docs" / "behaviour.md").read_text()
    assert len(list(rows(text))) > 60
    assert faults(text) == []


def test_the_register_is_really_held_to_it() -> None:
    assert faults("| A rule | guess | `core/none.py` |") == [
        "no such test core/none.py: A rule",
        "no such grade guess: A rule",
    ]
    assert faults("| A rule | docs | |") == ["no test: A rule"]
