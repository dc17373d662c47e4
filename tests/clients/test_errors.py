"""Every error of the built operations, provoked over the wire with boto3: its type, its code and its text.

`errors.json` is what the specification (`docs/mturk/operations.json`) says of the built operations: the cases in
which each refuses. Each case has a scenario in `refusals.py` or `qualification_refusals.py`, which brings a real server
into a state and says what must then be refused; what stands in angle brackets in the text is filled with what the
scenario says it must name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kempelen.market.registry import OPERATIONS as REGISTRY  # filled by what is imported there
from tests.clients.bazaar import Bazaar, Refusal, bazaar
from tests.clients.qualification_refusals import SCENARIOS  # the last file of them

pytestmark = pytest.mark.slow

ERRORS: dict[str, list[dict[str, Any]]] = json.loads(Path(__file__).with_name("errors.json").read_text())
SPECIFICATION = Path(__file__).parents[2] / "docs" / "mturk" / "operations.json"
CASES = {(operation, error["when"]): error for operation, errors in ERRORS.items() for error in errors}


@pytest.fixture(scope="module")
def market(
    request: pytest.FixtureRequest, database_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bazaar]:
    """One bazaar for all cases: each makes what it needs."""
    target = request.getfixturevalue("postgresql").fresh_database_url() if database_kind == "postgresql" else None
    with bazaar(tmp_path_factory.mktemp("bazaar") / "data", target) as open_now:
        yield open_now


# ---------------------------------------------------------------------------------------------- the cases


def test_every_case_of_the_specification_has_a_scenario():
    assert sorted(ERRORS) == sorted(REGISTRY)
    assert len(CASES) == 148
    assert set(SCENARIOS) == set(CASES)


def test_the_cases_are_those_of_the_specification():
    operations = json.loads(SPECIFICATION.read_text())["operations"]
    members = ("when", "type", "http", "turk_error_code", "message")
    specified = {
        name: [{member: error[member] for member in members} for error in operations[name]["errors"]] for name in ERRORS
    }
    assert specified == ERRORS


@pytest.mark.parametrize(("operation", "when"), [pytest.param(*case, id=": ".join(case)) for case in SCENARIOS])
def test_each_error_has_its_type_its_code_and_its_text(market, operation, when):
    case = CASES[operation, when]
    asked = 0
    for each in SCENARIOS[operation, when](market, operation):
        refusal = market.refusal(operation, each.keys, **each.members)
        assert_is_refused_as(refusal, case, text_of(case["message"], each.facts))
        asked += 1
    assert asked


def assert_is_refused_as(refusal: Refusal, case: dict[str, Any], text: str) -> None:
    """Type, code and text as boto3 tells them; and the body has just the members of the type's envelope."""
    expected, _, suffixed = text.partition("⟨ts⟩")
    assert suffixed == ""
    message = re.sub(r" \([0-9]{13}\)$", "", refusal.message) if "⟨ts⟩" in text else refusal.message
    assert message == expected
    assert (message != refusal.message) == ("⟨ts⟩" in text), "the time at the end"
    assert (refusal.type, refusal.http_status) == (case["type"], case["http"])
    assert refusal.turk_error_code == case["turk_error_code"]
    if case["type"] == "ValidationException":
        wire_type, members = "com.amazon.coral.validate#ValidationException", {"__type", "message"}
    elif case["type"] == "InternalFailure":
        wire_type, members = "com.amazon.coral.service#InternalFailure", {"__type"}
    elif case["turk_error_code"] is None:
        wire_type, members = case["type"], {"__type", "Message"}
    else:
        wire_type, members = case["type"], {"__type", "Message", "TurkErrorCode"}
    assert (refusal.body["__type"], set(refusal.body)) == (wire_type, members)
    assert refusal.is_modelled == (case["type"] == "RequestError")


def text_of(message: str, facts: Mapping[str, str]) -> str:
    """The specification's text with what stands in angle brackets filled in."""
    message = message.replace("[, <name>…]", "")  # of a list the scenario names the whole
    unfilled = set(re.findall("<([^<>]+)>", message))
    assert unfilled == set(facts), "the scenario names what the text names"
    return re.sub("<([^<>]+)>", lambda match: facts[match[1]], message)
