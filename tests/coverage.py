"""Writes docs/coverage.md from the registry and from what the tests send and get: `make coverage`.

Operation by operation, member by member with its bounds, evidence and tests, error by error with the scenario that
provokes it over the wire. Whole requests and answers are in `tests/golden`, and are read there; which other tests send
or get a member was written down while they ran (`tests/recording.py`), of which a few for each member are kept in
`tests/seen.json`. Where the evidence stands is in `tests/clients/sources.json` for errors and in `tests/members.json`
for members, after the specification.

    python -m tests.coverage            the page alone, from what is kept, without tests that are gone
    python -m tests.coverage FOLDER     what was recorded into this folder, then the page
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from kempelen.core.wire.operations import REGISTRY
from tests import recording
from tests.clients.test_errors import ERRORS, SCENARIOS
from tests.core.test_model import Description, ours
from tests.recording import Seen, Way

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "coverage.md"
SEEN = TESTS / "seen.json"
SOURCES: dict[str, dict[str, str]] = json.loads((TESTS / "clients" / "sources.json").read_text())
MEMBER_SOURCES: dict[str, dict[Way, dict[str, str]]] = json.loads((TESTS / "members.json").read_text())
WORDS = {
    "recorded": r"recorded|\bR\d",
    "docs": "docs",
    "model": "model",
    "ours": "inferred|analogy",
}  # R26: a recording
WAYS: tuple[Way, Way] = ("asked", "told")
SIDES: dict[Way, Any] = {"asked": "input", "told": "output"}

# Members of the model that no answer has, or no request can have and be answered, and why.
_NAME_ALONE = "of a policy only its name is told (docs/mturk/api.md 3.10)"
_NO_ENTRIES = "SimplePlurality has no parameter with entries; one is refused (`core/test_verdicts.py`)"
_NO_LOCALES = "a Requester cannot ask for the scores of the built-in Locale type (docs/mturk/api.md 2.18, 2.29)"
NEVER: dict[tuple[str, Way, str], str] = {
    ("GetAccountBalance", "told", "OnHoldBalance"): "left out, as recorded",
    ("GetQualificationScore", "told", "Qualification.LocaleValue"): _NO_LOCALES,
    ("ListWorkersWithQualificationType", "told", "Qualifications[].LocaleValue"): _NO_LOCALES,
    ("CreateHIT", "asked", "HITReviewPolicy.Parameters[].MapEntries[]"): _NO_ENTRIES,
    ("CreateHITWithHITType", "asked", "HITReviewPolicy.Parameters[].MapEntries[]"): _NO_ENTRIES,
    ("ListReviewPolicyResultsForHIT", "told", "AssignmentReviewPolicy.Parameters[]"): _NAME_ALONE,
    ("ListReviewPolicyResultsForHIT", "told", "HITReviewPolicy.Parameters[]"): _NAME_ALONE,
}
HEAD = """\
# Coverage

Written by `make coverage` from the registry and from what the tests sent and got while they ran; a test fails while it
is not up to date, names a test that is not there, or leaves a member without one. Grades as in
[behaviour.md](behaviour.md): that a member is there, its type and its bounds are the model's, when it is told or what
it does has the other grades. Tests are named from `tests/`.

- **whole**: the member is in a request that was answered, or in an answer, of `golden/<operation>.txt`, which are
  compared byte for byte (`api/test_golden.py`).
- The tests named beside it send it in a request that is answered well, or get it: one over the wire, with an SDK where
  one does (`clients/`), one that performs the operation's function, each the one that is most about it.
- Members, required flags, bounds, patterns and enums are held to the published model by `core/test_model.py`; all are
  asked at random by `simulation/test_fuzz.py`. Errors are provoked with boto3 by `clients/test_errors.py`, with the
  scenario that is named.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(line + "\n" for name in sorted(REGISTRY) for line in _operation(name))


def grades(source: str) -> str:
    """The grades of a source's words; one that says nothing else is ours."""
    return ", ".join(grade for grade, words in WORDS.items() if re.search(words, source)) or "ours"


def member_grades(operation: str, way: Way, member: str) -> str:
    """The grades of a member: it is the model's in any case."""
    return grades("; ".join(["model", MEMBER_SOURCES[operation][way].get(member, "")]))


def members(operation: str, way: Way) -> dict[str, str]:
    """All members of an operation's request or answer, to the leaves: whether required, type and bounds."""
    return dict(_members(ours(REGISTRY[operation], SIDES[way]), way))


def why_never(operation: str, way: Way, member: str) -> str:
    """Why this member is never sent or told, or what it is in; "" for all others."""
    return next(
        (
            why
            for (name, where, prefix), why in NEVER.items()
            if (name, where) == (operation, way) and (member == prefix or member.startswith(f"{prefix}."))
        ),
        "",
    )


@cache
def whole(operation: str) -> dict[Way, frozenset[str]]:
    """The members in the requests and answers that are compared byte for byte, of those that were answered well."""
    found: dict[Way, set[str]] = {"asked": set(), "told": set()}
    for exchange in (TESTS / "golden" / f"{operation}.txt").read_text().split(f"\n{'-' * 80}\n"):
        request, _, answer = exchange.partition("\nHTTP/1.1 200\n")
        if answer:
            found["asked"] |= set(recording.paths(json.loads(request.split("\n\n")[1])))
            found["told"] |= set(recording.paths(json.loads(answer.split("\n\n")[1])))
    return {way: frozenset(paths) for way, paths in found.items()}


@cache
def seen() -> dict[str, dict[Way, dict[str, list[str]]]]:
    """By operation, way and member, the tests that are named for it."""
    kept: dict[str, dict[Way, dict[str, list[str]]]] = json.loads(SEEN.read_text())
    return kept


def chosen(recorded: Iterable[Seen]) -> dict[str, dict[Way, dict[str, list[str]]]]:
    """Of all that was seen, for each member the tests that are most about it: one over the wire, one of the market.

    What a test is about is the rarer the less it sends and gets; programs with SDKs come before what is in process.
    """
    recorded = [each for each in recorded if not each.test.startswith("api/test_golden.py")]
    size = Counter(each.test for each in recorded)
    by_member: dict[tuple[str, Way, str], list[Seen]] = defaultdict(list)
    for each in recorded:
        by_member[each.operation, each.way, each.member].append(each)

    def closest(candidates: list[Seen]) -> list[str]:
        by_sdk = [each for each in candidates if each.test.startswith("clients/")]
        tests = sorted({each.test for each in by_sdk or candidates}, key=lambda test: (size[test], test))
        return tests[:1]

    found: dict[str, dict[Way, dict[str, list[str]]]] = {}
    for name in sorted(REGISTRY):
        found[name] = {"asked": {}, "told": {}}
        for way in WAYS:
            for member in members(name, way):
                every = by_member[name, way, member]
                tests = closest([each for each in every if each.wire]) + closest(
                    [each for each in every if not each.wire]
                )
                if tests:
                    found[name][way][member] = list(dict.fromkeys(tests))
    return found


def _operation(name: str) -> Iterator[str]:
    yield f"\n## {name}\n\nWhole requests and answers: `golden/{name}.txt`"
    rows = [_row(name, way, member, traits) for way in WAYS for member, traits in members(name, way).items()]
    if rows:
        yield "\n| Member | | Type and bounds | Grade | Shown by |\n|---|---|---|---|---|"
        yield from rows
    if ERRORS[name]:
        yield "\n| Refused when | Error | Grade | Scenario |\n|---|---|---|---|"
    for error in ERRORS[name]:
        scenario = SCENARIOS[name, error["when"]]
        code = (error["turk_error_code"] or error["type"]).removeprefix("AWS.MechanicalTurk.")
        where = f"`{scenario.__module__.removeprefix('tests.').replace('.', '/')}.py` {scenario.__name__}"
        yield f"| {_cell(error['when'])} | {code} | {grades(SOURCES[name][error['when']])} | {where} |"


def _row(operation: str, way: Way, member: str, traits: str) -> str:
    shown = ["whole"] if member in whole(operation)[way] else []
    for test in seen()[operation][way].get(member, []):
        file, _, function = test.partition("::")
        shown.append(f"`{file}` {function}")
    never = why_never(operation, way, member)
    by = f"**never {'sent' if way == 'asked' else 'told'}**: {never}" if never else "; ".join(shown) or "**no test**"
    return f"| {member} | {traits} | {member_grades(operation, way, member)} | {by} |"


def _members(described: Description, way: str, path: str = "") -> Iterator[tuple[str, str]]:
    """Each member, to the leaves, with the cells that tell of it."""
    for member, of in described["members"].items():
        inner, name = of, path + member
        while inner["type"] == "list":
            inner, name = inner["member"], name + "[]"
        flag = f"{way}, required" if member in described.get("required", ()) else way
        bounds = [f"{trait} {inner[trait]}" for trait in ("min", "max") if trait in inner]
        bounds += [f"`{_cell(inner['pattern'])}`"] if "pattern" in inner else []
        bounds += [", ".join(inner["enum"])] if "enum" in inner else []
        yield name, f"{flag} | {'; '.join([inner['type'], *bounds])}"
        if inner["type"] == "structure":
            yield from _members(inner, way, f"{name}.")


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|")


def is_there(test: str) -> bool:
    """Is there a test, or a scenario, of this name?"""
    file, _, function = test.partition("::")
    return (TESTS / file).exists() and function in _functions(file)


@cache
def _functions(file: str) -> frozenset[str]:
    return frozenset(re.findall(r"^(?:async )?def (\w+)\(", (TESTS / file).read_text(), re.MULTILINE))


def main(arguments: list[str]) -> None:
    """See above."""
    kept = chosen(recording.read(Path(arguments[0]))) if arguments else seen()
    for of in (of for ways in kept.values() for of in ways.values()):
        for member, tests in list(of.items()):
            of[member] = [test for test in tests if is_there(test)]
            if not of[member]:
                del of[member]
    SEEN.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    seen.cache_clear()
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
