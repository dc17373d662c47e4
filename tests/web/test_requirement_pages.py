"""Requirements on the worker site: told with the reader's own value, and the way in where there is one."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.types import ASGIApp

from kempelen.core.rules.requirements import ADULT, LOCALE, PERCENT_APPROVED
from kempelen.core.wire.shapes import Locale, QualificationRequirement
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hits
from kempelen.market.market import Market
from kempelen.market.people import worker_blocks
from kempelen.market.qualifications import qualification_requests, qualifications
from kempelen.market.work import work
from tests.market.qualifying import give, new_type, required, set_locale
from tests.market.test_qualification_tests import KEY, TEST
from tests.market.work import new_hit
from tests.web.people import Person, Program, work_url

MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
HIDING = "DiscoverPreviewAndAccept"


def asking(market: Market, requester: str, *wanted: QualificationRequirement, **members: Any) -> hits.HIT:
    """A HIT that asks for this."""
    return new_hit(market, requester, qualification_requirements=list(wanted), **members)


def preview_url(hit: hits.HIT) -> str:
    return f"/projects/{hit.hit_group_id}/tasks"


def row(page: str, title: str) -> str:
    """One group's part of a list."""
    (found,) = [part for part in page.split("<article")[1:] if title in part]
    return found


# ---------------------------------------------------------------------------------------------- told


def test_each_requirement_is_told_with_my_own_value_wherever_the_hit_is(
    market: Market, alice: str, bob: Person
) -> None:
    type_id = new_type(market, alice, "Reads <Dutch>")
    market.perform(OPERATOR, set_locale, worker_id=bob.worker_id, country="US", subdivision="WA")
    give(market, alice, type_id, bob.worker_id, 80)
    market.perform(OPERATOR, qualifications.grant_as_operator, qualification_type_id=ADULT, worker_id=bob.worker_id)
    wanted = (
        required(type_id, "GreaterThanOrEqualTo", 70),
        required(LOCALE, "In", Locale(country="US", subdivision="WA"), Locale(country="IN")),
        required(ADULT, "EqualTo", 1),
    )
    hit = asking(market, alice, *wanted)
    accepted = market.perform(bob.worker_id, work.accept, group_id=hit.hit_group_id)
    asking(market, alice, *wanted)
    for path in ("/projects", preview_url(hit), work_url(accepted)):
        page = bob.get(path).text
        assert page.count('<li class="met">') == 3
        assert "Reads &lt;Dutch&gt; is at least 70</a>" in page
        assert "yours: 80" in page
        assert "Location is one of US-WA, IN</a>" in page
        assert "yours: US-WA" in page
    german = bob.get(preview_url(hit), accept_language="de").text
    assert "Standort ist eines von: US-WA, IN" in german
    assert "bei Ihnen: US-WA" in german


def test_programs_are_told_the_same_in_the_originals_members(market: Market, alice: str, bob: Person) -> None:
    type_id = new_type(market, alice, test=TEST, test_duration_in_seconds=60, keywords="dutch")
    asking(
        market,
        alice,
        required(type_id, "In", 3, 4, actions_guarded="PreviewAndAccept"),
        required(LOCALE, "NotEqualTo", Locale(country="IN")),
        required(PERCENT_APPROVED, "GreaterThan", 95, actions_guarded=HIDING),
    )
    market.perform(OPERATOR, set_locale, worker_id=bob.worker_id, country="US", subdivision="WA")
    (group,) = bob.json("/projects?format=json")["results"]
    assert (group["caller_meets_requirements"], group["caller_meets_preview_requirements"]) == (False, False)
    assert group["project_requirements"] == [
        {
            "qualification_type_id": type_id,
            "comparator": "In",
            "qualification_values": ["3", "4"],
            "worker_action": "PreviewHit",
            "caller_meets_requirement": False,
            "caller_qualification_value": {
                "integer_value": None,
                "locale_value": {"country": None, "subdivision": None},
            },
            "qualification_type": {
                "qualification_type_id": type_id,
                "name": "Reads Dutch",
                "description": "A test of it.",
                "keywords": "dutch",
                "has_test": True,
                "is_requestable": True,
                "visibility": True,
            },
        },
        {
            "qualification_type_id": LOCALE,
            "comparator": "NotEqualTo",
            "qualification_values": ["IN"],
            "worker_action": "AcceptHit",
            "caller_meets_requirement": True,
            "caller_qualification_value": {
                "integer_value": None,
                "locale_value": {"country": "US", "subdivision": "WA"},
            },
            "qualification_type": {
                "qualification_type_id": LOCALE,
                "name": "Location",
                "description": "The country, and in the US the state, of the Worker's account.",
                "keywords": "",
                "has_test": False,
                "is_requestable": False,
                "visibility": True,
            },
        },
        {
            "qualification_type_id": PERCENT_APPROVED,
            "comparator": "GreaterThan",
            "qualification_values": ["95"],
            "worker_action": "DiscoverHit",
            "caller_meets_requirement": True,
            "caller_qualification_value": {
                "integer_value": 100,
                "locale_value": {"country": None, "subdivision": None},
            },
            "qualification_type": {
                "qualification_type_id": PERCENT_APPROVED,
                "name": "HIT approval rate (%)",
                "description": "The percentage of the Worker's decided assignments that were approved; 100 before the "
                "hundredth is submitted.",
                "keywords": "",
                "has_test": False,
                "is_requestable": False,
                "visibility": True,
            },
        },
    ]
    assert bob.json(f"/projects/{group['hit_set_id']}/tasks?format=json") == group | {"preview": None}
    give(market, alice, type_id, bob.worker_id, 4)
    market.perform(bob.worker_id, work.accept, group_id=group["hit_set_id"])
    (task,) = bob.json("/tasks?format=json")["tasks"]
    assert task["project"]["hit_requirements"][0]["caller_qualification_value"]["integer_value"] == 4


# ---------------------------------------------------------------------------------------------- the way in


def test_what_is_missing_is_offered_in_place_of_accepting(market: Market, alice: str, bob: Person) -> None:
    plain, tested = (
        new_type(market, alice),
        new_type(
            market, alice, "Knows mugs", description="Ten mugs.", test=TEST, answer_key=KEY, test_duration_in_seconds=60
        ),
    )
    asking(market, alice, required(plain, "Exists"), title="Plain")
    asking(market, alice, required(tested, "GreaterThan", 1), title="Tested")
    asking(market, alice, required(plain, "Exists"), required(MASTERS, "Exists"), title="Closed")
    asking(market, alice, title="Open")

    def offered(title: str) -> tuple[bool, str]:
        part = row(bob.get("/projects").text, title)
        for said in ("Request qualification", "Take qualification test", "Go on with the test", "Not qualified"):
            if f">{said}<" in part:
                return "accept_random" in part, said
        return "accept_random" in part, "requested" if ">Qualification requested<" in part else ""

    assert offered("Plain") == (False, "Request qualification")
    assert offered("Tested") == (False, "Take qualification test")
    assert offered("Closed") == (False, "Not qualified")
    assert offered("Open") == (True, "")
    part = row(bob.get("/projects").text, "Tested")
    assert f'href="/qualifications/{tested}/request"' in part
    assert "Ten mugs." in part
    for type_id in (plain, tested):
        market.perform(bob.worker_id, qualification_requests.request, qualification_type_id=type_id)
    assert offered("Plain") == (False, "requested")
    assert offered("Tested") == (False, "Go on with the test")
    market.clock.advance(seconds=60)
    assert offered("Tested") == (False, "Not qualified")
    give(market, alice, tested, bob.worker_id, 2)
    assert offered("Tested") == (True, "")


def test_a_refusal_to_accept_explains_the_rule_and_my_value(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob.worker_id, 3)
    hit = asking(market, alice, required(type_id, "GreaterThan", 5))
    page = bob.post(f"/projects/{hit.hit_group_id}/tasks/accept_random")
    assert page.status_code == 422
    assert "you do not meet those Qualifications" in page.text
    assert "Reads Dutch is greater than 5" in page.text
    assert "yours: 3" in page.text
    assert "Request qualification" in page.text
    answer = Program(app, bob.token(market)).post(f"/projects/{hit.hit_group_id}/tasks/accept_random")
    assert answer.status_code == 422
    assert answer.json()["message"] == (
        "This Requester has specified Qualifications for this HIT, and you do not meet those Qualifications. "
        "Needed: Reads Dutch is greater than 5 (yours: 3)."
    )


def test_a_link_to_accept_what_i_may_not_offers_no_button(market: Market, alice: str, bob: Person) -> None:
    hit = asking(market, alice, required(MASTERS, "Exists"))
    page = bob.get(f"/projects/{hit.hit_group_id}/tasks/accept_random?ask").text
    assert "<button>Accept" not in page
    assert "Not qualified" in page


def test_a_block_is_told_before_and_after_i_try(market: Market, alice: str, bob: Person, charlie: Person) -> None:
    hit = new_hit(market, alice)
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob.worker_id, reason="Secret: guessed.")
    accept_url = f"/projects/{hit.hit_group_id}/tasks/accept_random"
    for page in (bob.get("/projects"), bob.get(preview_url(hit))):
        assert page.status_code == 200
        assert "This Requester has decided that you cannot work on their HITs." in page.text
        assert f'action="{accept_url}"' not in page.text
    assert "<iframe" in bob.get(preview_url(hit)).text
    refused = bob.post(accept_url)
    assert refused.status_code == 422
    assert "prevent you from working" in refused.text
    answer = bob.client.post(accept_url, headers={"accept": "application/json", "x-csrf-token": bob.csrf})
    assert "prevent you from working" in answer.json()["message"]
    assert all("Secret" not in page.text for page in (refused, bob.get("/projects"), bob.get(preview_url(hit))))
    assert charlie.post(accept_url).status_code == 303


# ---------------------------------------------------------------------------------------------- guarded


def test_a_group_that_is_hidden_looks_as_if_it_did_not_exist(
    market: Market, alice: str, bob: Person, charlie: Person, app: ASGIApp
) -> None:
    type_id = new_type(market, alice)
    give(market, alice, type_id, charlie.worker_id)
    hit = asking(market, alice, required(type_id, "Exists", actions_guarded=HIDING), title="Secret mugs")
    program = Program(app, bob.token(market))
    for path in (f"/projects/{{}}/tasks{end}" for end in ("", "/accept_random", "/accept_random?ask")):
        hidden, unknown = (bob.get(path.format(group_id)) for group_id in (hit.hit_group_id, "3" + "Z" * 29))
        assert (hidden.status_code, unknown.status_code) == (404, 404)
        assert hidden.text.replace(hit.hit_group_id, "") == unknown.text.replace("3" + "Z" * 29, "")
        assert program.get(path.format(hit.hit_type_id)).json() == program.get(path.format("3NONE")).json()
    assert "Secret mugs" not in bob.get("/projects").text
    assert bob.json("/projects?format=json")["total_num_results"] == 0
    assert "Secret mugs" in charlie.get("/projects").text


def test_a_group_without_a_preview_for_me_is_shown_and_says_why(market: Market, alice: str, bob: Person) -> None:
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob.worker_id, 3)
    hit = asking(market, alice, required(type_id, "GreaterThan", 5, actions_guarded="PreviewAndAccept"), title="Seen")
    part = row(bob.get("/projects").text, "Seen")
    assert ">Details<" in part
    assert ">Preview<" not in part
    page = bob.get(preview_url(hit))
    assert page.status_code == 200
    assert "<iframe" not in page.text
    assert "There is no preview for you." in page.text
    assert "Reads Dutch is greater than 5 (yours: 3)" in page.text
    assert bob.json(preview_url(hit) + "?format=json")["caller_meets_preview_requirements"] is False
    give(market, alice, type_id, bob.worker_id, 6)
    assert "<iframe" in bob.get(preview_url(hit)).text


@pytest.mark.parametrize(("ticked", "expected"), [
    ("", {"Open", "Closed", "Masters"}),
    ("filters[qualified]=true", {"Open"}),
    ("filters[masters]=true", {"Masters"}),
    ("filters[qualified]=true&filters[masters]=true", set()),
    ("filters[qualified]=false", {"Open", "Closed", "Masters"}),
])  # fmt: skip
def test_the_list_can_be_held_to_what_i_may_accept_and_to_masters(
    market: Market, alice: str, bob: Person, ticked: str, expected: set[str]
) -> None:
    asking(market, alice, title="Open")
    asking(market, alice, required(new_type(market, alice), "Exists"), title="Closed")
    asking(market, alice, required(MASTERS, "Exists"), title="Masters")
    listed = bob.json(f"/projects?{ticked}")
    assert {group["title"] for group in listed["results"]} == expected
    page = bob.get(f"/projects?{ticked}").text
    for name in ("qualified", "masters"):
        box = page.split(f'name="filters[{name}]"')[1].split(">")[0]
        assert ("checked" in box) is (f"[{name}]=true" in ticked)
    assert ("Nothing matches." in page) is (not expected)


def test_ticks_are_carried_from_page_to_page(market: Market, alice: str, bob: Person) -> None:
    for number in range(11):
        asking(market, alice, required(MASTERS, "Exists"), title=f"Task {number}")
    market.perform(OPERATOR, qualifications.grant_as_operator, qualification_type_id=MASTERS, worker_id=bob.worker_id)
    page = bob.get("/projects?page_size=10&filters[qualified]=true&filters[masters]=true").text
    assert "filters%5Bqualified%5D=true&amp;filters%5Bmasters%5D=true&amp;page_size=10&amp;page_number=2" in page
