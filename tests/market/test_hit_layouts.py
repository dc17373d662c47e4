"""HIT layouts: kept by their Requester, merged into HITs when these are made."""

import pytest

from kempelen.core.wire.errors import (
    HITLayoutDoesNotExist,
    InvalidParameterValue,
    MissingLayoutParameters,
    NotSupportedYet,
)
from kempelen.core.wire.refusals import InvalidField
from kempelen.core.wire.shapes import HITLayoutParameter
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_creation, hit_layouts, hits, listings
from tests.market.work import DAYS, balance, hit_now, new_hit

PAGE = "<!DOCTYPE html><form><img src='${image}'><input name='${name}'></form>"
SCHEMA = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"


def question(html: str) -> str:
    content = f"<HTMLContent><![CDATA[{html}]]></HTMLContent><FrameHeight>450</FrameHeight>"
    return f'<HTMLQuestion xmlns="{SCHEMA}">{content}</HTMLQuestion>'


MERGED = (
    f"<HTMLQuestion xmlns=\"{SCHEMA}\"><HTMLContent><![CDATA[<!DOCTYPE html><form><img src='mug.png'>"
    "<input name='colour'></form>]]></HTMLContent><FrameHeight>450</FrameHeight></HTMLQuestion>"
)
VALUES = [HITLayoutParameter(name="image", value="mug.png"), HITLayoutParameter(name="name", value="colour")]


def new_layout(market, requester, *, html=PAGE, frame_height=450, name="Mugs"):
    return market.perform(
        OPERATOR,
        hit_layouts.add_hit_layout,
        requester_id=requester,
        name=name,
        html=html,
        frame_height=frame_height,
    )


def hit_of(market, requester, layout, values=VALUES, **members):
    members = {"question": None, "hit_layout_id": layout.hit_layout_id, "hit_layout_parameters": values, **members}
    return new_hit(market, requester, **members)


def test_a_hit_of_a_layout_has_the_merged_question_and_the_layouts_id(market, alice):
    layout = new_layout(market, alice)
    made = hit_of(market, alice, layout)
    assert (made.question, made.hit_layout_id) == (MERGED, layout.hit_layout_id)
    assert hit_now(market, alice, made.hit_id) == made
    assert market.perform(alice, hits.list_hits).hits == [made]


def test_a_hit_with_a_hit_type_may_be_of_a_layout_too(market, alice):
    layout = new_layout(market, alice)
    made = market.perform(
        alice,
        hit_creation.create_hit_with_hit_type,
        hit_type_id=new_hit(market, alice).hit_type_id,
        lifetime_in_seconds=1 * DAYS,
        hit_layout_id=layout.hit_layout_id,
        hit_layout_parameters=VALUES,
    ).hit
    assert (made.question, made.hit_layout_id) == (MERGED, layout.hit_layout_id)


def test_a_worker_sees_the_merged_page(market, alice, bob):
    made = hit_of(market, alice, new_layout(market, alice))
    assert market.perform(bob, listings.get_preview, group_id=made.hit_group_id).question == MERGED


def test_a_hit_of_a_question_has_no_layout(market, alice):
    assert new_hit(market, alice).hit_layout_id is None


def test_the_layout_of_a_stranger_does_not_exist(market, alice, charlie_requester):
    layout = new_layout(market, alice)
    with pytest.raises(HITLayoutDoesNotExist, match=f"HITLayout {layout.hit_layout_id} does not exist"):
        hit_of(market, charlie_requester, layout)


def test_a_refused_layout_makes_no_hit_and_holds_no_money(market, alice):
    layout = new_layout(market, alice)
    for values, refusal in (
        (VALUES[:1], MissingLayoutParameters),
        (None, MissingLayoutParameters),
        ([*VALUES, HITLayoutParameter(name="colour", value="red")], InvalidParameterValue),
    ):
        with pytest.raises(refusal):
            hit_of(market, alice, layout, values)
    assert market.perform(alice, hits.list_hits).hits == []
    assert balance(market, alice) == "1000.00"


def test_values_without_a_layout_are_refused(market, alice):
    with pytest.raises(InvalidParameterValue, match="only used with a HITLayoutId"):
        new_hit(market, alice, hit_layout_parameters=VALUES)


def test_layouts_are_listed_oldest_first_and_of_one_requester(market, alice, charlie_requester):
    first = new_layout(market, alice, name="First")
    market.clock.advance(seconds=1)
    foreign = new_layout(market, charlie_requester)
    market.clock.advance(seconds=1)
    second = new_layout(market, alice, name="Second")
    assert market.perform(OPERATOR, hit_layouts.list_hit_layouts) == [first, foreign, second]
    assert market.perform(OPERATOR, hit_layouts.list_hit_layouts, requester_id=alice) == [first, second]
    assert first.variables == ["image", "name"]
    assert market.perform(OPERATOR, hit_layouts.get_hit_layout, hit_layout_id=first.hit_layout_id) == first


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": " "}, "name has 1 to 128 characters"),
        ({"name": "x" * 129}, "name has 1 to 128 characters"),
        ({"html": "\n"}, "must have some HTML"),
        ({"html": "ä" * 1_048_577}, "at most 2097152 bytes"),
        ({"html": "<p>Thank you</p>"}, "Nothing in this page can be submitted"),
        ({"html": "<p>\n\x0b</p>"}, r"U\+000B in line 2"),
        ({"frame_height": -1}, "frame height is 0 to 100000"),
        ({"frame_height": 100_001}, "frame height is 0 to 100000"),
    ],
)
def test_what_could_never_make_a_hit_is_not_kept(market, alice, given, said):
    with pytest.raises(InvalidField, match=said):
        new_layout(market, alice, **given)
    assert market.perform(OPERATOR, hit_layouts.list_hit_layouts) == []


def test_a_layout_belongs_to_somebody(market):
    with pytest.raises(InvalidField):
        new_layout(market, "A3NOBODY")


POLYGON = "<crowd-form><crowd-polygon name=mug labels=\"['Mug']\"></crowd-polygon></crowd-form>"


def test_a_layout_with_an_element_that_does_not_exist_yet_is_not_kept(market, alice):
    with pytest.raises(InvalidField, match=r"The element crowd-polygon \(drawing outlines on a picture\) does not"):
        new_layout(market, alice, html=POLYGON)
    assert market.perform(OPERATOR, hit_layouts.list_hit_layouts) == []
    assert new_layout(market, alice, html=f"<form><!-- {POLYGON} --></form>").variables == []


def test_a_hit_with_an_element_that_does_not_exist_yet_is_refused_and_holds_no_money(market, alice):
    layout = new_layout(market, alice, html="<form>${tool}</form>")
    hit_type_id = new_hit(market, alice).hit_type_id
    before = balance(market, alice)
    with pytest.raises(
        NotSupportedYet, match="value of the parameter Question is not supported .* The element crowd-polygon"
    ):
        new_hit(market, alice, question=question(POLYGON))
    with pytest.raises(
        NotSupportedYet, match="value of the parameter HITLayoutId is not supported .* The element crowd-polygon"
    ):
        hit_of(market, alice, layout, [HITLayoutParameter(name="tool", value=POLYGON)])
    with pytest.raises(NotSupportedYet):
        market.perform(
            alice,
            hit_creation.create_hit_with_hit_type,
            hit_type_id=hit_type_id,
            lifetime_in_seconds=1 * DAYS,
            question=question(POLYGON),
        )
    assert len(market.perform(alice, hits.list_hits).hits) == 1
    assert balance(market, alice) == before
