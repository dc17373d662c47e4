"""Writes docs/coverage.md from the registry and the tests: `python -m tests.coverage`.

Operation by operation, member by member with its bounds, error by error with the scenario that provokes it over the
wire. Where the evidence for an error stands is in `tests/clients/sources.json`, after the specification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kempelen.core.operations import REGISTRY
from tests.clients.test_errors import ERRORS, SCENARIOS
from tests.core.test_model import Description, ours

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
SOURCES: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "clients" / "sources.json").read_text())
WORDS = {
    "recorded": r"recorded|\bR\d",
    "docs": "docs",
    "model": "model",
    "ours": "inferred|analogy",
}  # R26: a recording
HEAD = """\
# Coverage

Written by `python -m tests.coverage` from the registry and the tests; a test fails while it is not up to date. Grades
as in [behaviour.md](behaviour.md). Members, required flags, bounds, patterns and enums are held to the published model
by `core/test_model.py`, for each operation; all are asked at random by `simulation/test_fuzz.py`. Errors are provoked
with boto3 by `clients/test_errors.py`, with the scenario that is named. Tests are named from `tests/`.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(line + "\n" for name in sorted(REGISTRY) for line in _operation(name))


def grades(source: str) -> str:
    """The grades of a source's words; one that says nothing else is ours."""
    return ", ".join(grade for grade, words in WORDS.items() if re.search(words, source)) or "ours"


def _operation(name: str) -> Iterator[str]:
    yield f"\n## {name}\n\nWhole requests and answers: `golden/{name}.txt`"
    operation = REGISTRY[name]
    rows = [*_members(ours(operation, "input"), "asked"), *_members(ours(operation, "output"), "told")]
    if rows:
        yield "\n| Member | | Type and bounds | Grade |\n|---|---|---|---|"
        yield from rows
    if ERRORS[name]:
        yield "\n| Refused when | Error | Grade | Scenario |\n|---|---|---|---|"
    for error in ERRORS[name]:
        scenario = SCENARIOS[name, error["when"]]
        code = (error["turk_error_code"] or error["type"]).removeprefix("AWS.MechanicalTurk.")
        where = f"`{scenario.__module__.removeprefix('tests.').replace('.', '/')}.py` {scenario.__name__}"
        yield f"| {_cell(error['when'])} | {code} | {grades(SOURCES[name][error['when']])} | {where} |"


def _members(described: Description, way: str, path: str = "") -> Iterator[str]:
    """A row for each member, to the leaves."""
    for member, of in described["members"].items():
        inner, name = of, path + member
        while inner["type"] == "list":
            inner, name = inner["member"], name + "[]"
        flag = f"{way}, required" if member in described.get("required", ()) else way
        bounds = [f"{trait} {inner[trait]}" for trait in ("min", "max") if trait in inner]
        bounds += [f"`{_cell(inner['pattern'])}`"] if "pattern" in inner else []
        bounds += [", ".join(inner["enum"])] if "enum" in inner else []
        yield f"| {name} | {flag} | {'; '.join([inner['type'], *bounds])} | model |"
        if inner["type"] == "structure":
            yield from _members(inner, way, f"{name}.")


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
