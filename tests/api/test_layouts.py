"""Layouts over the wire: pages far larger than the Question parameter, with long values."""

import pytest

from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_layouts

TERMS = {
    "Title": "Describe a mug",
    "Description": "One sentence",
    "Reward": "0.05",
    "LifetimeInSeconds": 3600,
    "AssignmentDurationInSeconds": 600,
}
PAGE = "<form><h1>${title}</h1><input name='word'></form><script>const n = 3; show(`${n} of ${n + 1}`)</script>"


@pytest.fixture
def add_layout(market, alice):
    def add(html: str) -> str:
        made = market.perform(OPERATOR, hit_layouts.add_hit_layout, requester_id=alice, name="Mugs", html=html)
        return made.hit_layout_id

    return add


@pytest.mark.parametrize("size", [65_400, 100_000, 300_000, 1_048_576, 2 * 1_048_576])
def test_a_layout_that_can_be_added_can_be_used(program, add_layout, size):
    layout_id = add_layout(PAGE + "x" * (size - len(PAGE)))
    values = [{"Name": "title", "Value": "Mugs & cups ]]> " + "y" * 200_000}]
    hit = program.call("CreateHIT", **TERMS, HITLayoutId=layout_id, HITLayoutParameters=values)["HIT"]
    assert program.call("GetHIT", HITId=hit["HITId"])["HIT"] == hit
    assert len(hit["Question"]) > size + 200_000
    assert "show(`${n} of ${n + 1}`)" in hit["Question"]
    assert program.call("ListHITs")["HITs"] == [hit]


def test_a_hit_of_a_hit_type_may_have_a_large_layout_too(program, add_layout):
    layout_id = add_layout(PAGE + "x" * 300_000)
    terms = {name: TERMS[name] for name in ("Title", "Description", "Reward", "AssignmentDurationInSeconds")}
    hit_type = program.call("CreateHITType", **terms)["HITTypeId"]
    members = {"HITTypeId": hit_type, "LifetimeInSeconds": 3600, "HITLayoutId": layout_id}
    values = [{"Name": "title", "Value": "Mugs"}]
    hit = program.call("CreateHITWithHITType", **members, HITLayoutParameters=values)["HIT"]
    assert len(hit["Question"]) > 300_000


def test_the_question_parameter_keeps_its_limit(program, add_layout):
    made = program.call("CreateHIT", **TERMS, HITLayoutId=add_layout("<form>" + "x" * 65_535), HITLayoutParameters=[])[
        "HIT"
    ]
    status, kind, text = program.refused("CreateHIT", **TERMS, Question=made["Question"])
    assert (status, kind) == (400, "ParameterValidationError")
    assert "Question has a maximum length of 65535" in text


def test_a_variable_without_a_value_is_named_and_expressions_are_not(program, add_layout):
    layout_id = add_layout(PAGE)
    text = program.refused("CreateHIT", **TERMS, HITLayoutId=layout_id)[2]
    assert text.endswith("Missing parameter names: title")
