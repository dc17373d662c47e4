"""Qualifications on the worker site: lists, a page for each type, asking, taking a test, and the same for programs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.types import ASGIApp

from kempelen.core.rules.requirements import ADULT, APPROVED, LOCALE, PERCENT_APPROVED
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.market import Market
from kempelen.market.qualifications import qualification_requests, qualification_types
from tests.market.qualifying import give, new_type, required, score, set_locale, take
from tests.market.test_qualification_requests import accept, reject, standing, waiting
from tests.market.test_qualification_tests import KEY, TEST
from tests.market.work import HOURS, MINUTES, new_hit
from tests.web.people import Person, Program, at_host, frame_src
from tests.web.test_task_hosts import altered

UNKNOWN = "3" + "Z" * 29
CUP, HAT = ("answer-1", "1"), ("answer-1", "2")


def with_test(market: Market, requester: str, name: str = "Knows mugs", **members: Any) -> str:
    """The id of a type with a test of ten minutes."""
    return new_type(market, requester, name, test=TEST, test_duration_in_seconds=10 * MINUTES, **members)


def request_url(type_id: str) -> str:
    return f"/qualifications/{type_id}/request"


def begun(market: Market, person: Person, type_id: str) -> str:
    """Where the person takes the test of this type, begun just now."""
    found = market.perform(person.worker_id, qualification_requests.request, qualification_type_id=type_id)
    return f"/qualifications/{type_id}/requests/{found.request_id}"


# ---------------------------------------------------------------------------------------------- lists


def test_what_can_be_asked_for_is_listed_and_searched(market: Market, alice: str, bob: Person) -> None:
    new_type(market, alice, "Reads Dutch", keywords="tulips")
    with_test(market, alice, "Knows <mugs>")
    new_type(market, alice, "Hidden", qualification_type_status="Inactive")
    page = bob.get("/qualifications").text
    assert "Reads Dutch" in page
    assert "Knows &lt;mugs&gt;" in page
    assert "Hidden" not in page
    assert 'aria-current="page">Available' in page
    found = bob.get("/qualifications?search=TULIPS").text
    assert ("Reads Dutch" in found, "mugs" in found) == (True, False)
    assert "Nothing matches." in bob.get("/qualifications?search=zebra").text
    assert [each["name"] for each in bob.json("/qualifications.json?search=mugs")["qualifications"]] == ["Knows <mugs>"]


def test_empty_lists_say_what_to_do_next(bob: Person) -> None:
    assert "There is nothing to request just now." in bob.get("/qualifications").text
    assert "No Requester has granted you one yet." in bob.get("/qualifications/assigned").text
    assert "No pending requests." in bob.get("/qualifications/pending").text


def test_what_i_hold_is_listed_with_my_record_and_what_was_taken_with_the_reason(
    market: Market, alice: str, bob: Person, charlie: Person
) -> None:
    market.perform(OPERATOR, set_locale, worker_id=bob.worker_id, country="US", subdivision="WA")
    held, taken = new_type(market, alice), new_type(market, alice, "Is awake")
    give(market, alice, held, bob.worker_id, 77)
    give(market, alice, taken, bob.worker_id, 5)
    take(market, alice, taken, bob.worker_id, "Fell <asleep>.")
    page = bob.get("/qualifications/assigned").text
    for said in ("77", "US-WA", "HIT approval rate (%)", "No longer yours", "Is awake", "Fell &lt;asleep&gt;."):
        assert said in page
    other = charlie.get("/qualifications/assigned").text
    assert not any(said in other for said in ("77", "US-WA", "Reads Dutch", "Is awake", "asleep"))


def test_what_waits_is_listed_until_it_is_decided(market: Market, alice: str, bob: Person, charlie: Person) -> None:
    asked, taking = new_type(market, alice), with_test(market, alice)
    bob.post(request_url(asked))
    begun(market, bob, taking)
    page = bob.get("/qualifications/pending").text
    assert all(said in page for said in ("Reads Dutch", "Knows mugs", "Go on with the test"))
    assert "No pending requests." in charlie.get("/qualifications/pending").text
    pending = bob.json("/qualifications/pending.json")["pending_qualifications"]
    assert [(each["name"], each["request"]["state"]) for each in pending] == [
        ("Knows mugs", "InTest"),
        ("Reads Dutch", "Submitted"),
    ]
    reject(market, alice, waiting(market, alice)[0].qualification_request_id)
    assert "Reads Dutch" not in bob.get("/qualifications/pending").text


def test_programs_page_through_what_is_assigned_in_the_originals_members(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    type_ids = {name: new_type(market, alice, name) for name in (f"Type {number:02}" for number in range(23))}
    for type_id in type_ids.values():
        give(market, alice, type_id, bob.worker_id, 7)
    program = Program(app, bob.token(market))
    first = program.get("/qualifications/assigned.json?page_size=20").json()
    assert [each["qualification_type_id"] for each in first["assigned_qualifications"][:4]] == [
        PERCENT_APPROVED,
        APPROVED,
        LOCALE,
        ADULT,
    ]
    assert first["assigned_qualifications"][4] == {
        "qualification_type_id": type_ids["Type 00"],
        "name": "Type 00",
        "description": "A test of it.",
        "keywords": "",
        "creator_name": "Mug Lab",
        "creator_url": f"/requesters/{alice}/projects",
        "is_system_qualification": False,
        "is_requestable": True,
        "has_test": False,
        "value": 7,
        "grant_time": "2026-10-01T12:00:00.000Z",
        "can_retake_test_or_rerequest": True,
        "earliest_retriable_time": None,
        "request_qualification_url": f"/qualifications/{type_ids['Type 00']}/request",
        "retake_test_url": None,
        "state": "Granted",
        "revocation_time": None,
        "revocation_reason": None,
        "request": None,
    }
    rest = program.get(f"/qualifications/assigned.json?page_size=20&next_token={first['next_page_token']}").json()
    assert [each["name"] for each in rest["assigned_qualifications"]] == ["Type 20", "Type 21", "Type 22"]
    assert rest["next_page_token"] is None
    whole = bob.json("/qualifications/assigned?format=json&page_size=100")
    assert (len(whole["assigned_qualifications"]), whole["next_page_token"]) == (4 + 23, None)
    page = bob.get("/qualifications/assigned").text
    assert f"next_token={first['next_page_token'].replace(':', '%3A')}" in page


@pytest.mark.parametrize("token", ["x", "p1:AAAA", "%00", "p1:\u00e9"])
def test_a_token_of_no_list_is_refused_in_words(market: Market, bob: Person, charlie: Person, token: str) -> None:
    for path in ("/qualifications", "/qualifications/assigned", "/qualifications/pending"):
        page = bob.get(f"{path}?next_token={token}")
        assert (page.status_code, "Begin with its first page." in page.text) == (400, True)


# ---------------------------------------------------------------------------------------------- one


def test_a_page_tells_what_a_type_is_and_where_i_stand(market: Market, alice: str, bob: Person) -> None:
    type_id = with_test(market, alice, description="Ten <mugs>.", answer_key=KEY, retry_delay_in_seconds=2 * HOURS)
    hit = new_hit(market, alice, qualification_requirements=[required(type_id, "Exists")])
    page = bob.get(f"/qualifications/{type_id}").text
    for said in (
        "Ten &lt;mugs&gt;.",
        "Mug Lab",
        "You do not have it.",
        "by a test that is scored at once",
        "10 minutes",
        "2 hours after the last request",
        "Take qualification test",
        "HITs that ask for it",
        hit.hit_group_id,
        type_id,
    ):
        assert said in page
    give(market, alice, type_id, bob.worker_id, 7)
    page = bob.get(f"/qualifications/{type_id}").text
    assert 'Your score: <span class="number">7</span>' in page
    assert "Give this qualification up" in page


def test_built_in_types_have_a_page_with_my_value(market: Market, bob: Person) -> None:
    market.perform(OPERATOR, set_locale, worker_id=bob.worker_id, country="US", subdivision="WA")
    for type_id, value in ((LOCALE, "US-WA"), (PERCENT_APPROVED, "100"), (APPROVED, "0")):
        page = bob.get(f"/qualifications/{type_id}").text
        assert f'Your value: <span class="number">{value}</span>' in page
        assert "It cannot be requested." in page
        assert "Give this qualification up" not in page
    assert bob.json(f"/qualifications/{LOCALE}?format=json")["value"] == "US-WA"


def test_an_unknown_type_is_not_found(bob: Person) -> None:
    for path in (f"/qualifications/{UNKNOWN}", request_url(UNKNOWN), "/qualifications/%0d%0ax"):
        assert bob.get(path).status_code == 404
    for path in (request_url(UNKNOWN), f"/qualifications/{UNKNOWN}/give_up"):
        assert bob.post(path).status_code == 404


def test_a_decision_is_told_with_its_reason_and_time(market: Market, alice: str, bob: Person, charlie: Person) -> None:
    type_id = new_type(market, alice)
    bob.post(request_url(type_id))
    market.clock.advance(seconds=3_600)
    reject(market, alice, waiting(market, alice)[0].qualification_request_id, reason="Too <few> words.")
    page = bob.get(f"/qualifications/{type_id}").text
    assert 'Your last request was rejected: <time datetime="2026-10-01T13:00:00.000Z"' in page
    assert "Too &lt;few&gt; words." in page
    assert "It can be requested only once, and you have done so." in page
    assert "Request qualification" not in page
    told = bob.json(f"/qualifications/{type_id}?format=json")["request"]
    assert (told["state"], told["rejection_reason"], told["decision_time"]) == (
        "Rejected",
        "Too <few> words.",
        "2026-10-01T13:00:00.000Z",
    )
    other = charlie.get(f"/qualifications/{type_id}").text
    assert "Request qualification" in other
    assert not any(said in other for said in ("rejected", "few"))


def test_a_revocation_is_told_with_its_reason(market: Market, alice: str, bob: Person) -> None:
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob.worker_id, 7)
    take(market, alice, type_id, bob.worker_id, "No longer needed.")
    page = bob.get(f"/qualifications/{type_id}").text
    assert 'It was taken away from you: <time datetime="2026-10-01T12:00:00.000Z"' in page
    assert "No longer needed." in page
    assert "Your score:" not in page


def test_i_can_give_one_up_and_only_what_i_hold(
    market: Market, alice: str, bob: Person, charlie: Person, app: ASGIApp
) -> None:
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob.worker_id, 7)
    give_up = f"/qualifications/{type_id}/give_up"
    assert charlie.post(give_up).status_code == 404
    page = bob.follow(bob.post(give_up)).text
    assert "You have given up this Qualification." in page
    assert "You gave up this qualification:" in page
    assert bob.post(give_up).status_code == 404
    give(market, alice, type_id, bob.worker_id, 7)
    assert Program(app, bob.token(market)).post(give_up).json()["state"] == "Revoked"


# ---------------------------------------------------------------------------------------------- asking


def test_before_i_ask_i_am_told_what_will_happen(market: Market, alice: str, bob: Person) -> None:
    kinds = {
        new_type(market, alice, "Plain"): ("The Requester is asked and decides.", "You can request it only once."),
        new_type(market, alice, "Auto", auto_granted=True): ("It is granted to you at once.", "only once"),
        new_type(market, alice, "Again", retry_delay_in_seconds=90): (
            "You can request it again 1 minute 30 seconds after",
        ),
        new_type(market, alice, "Ever", retry_delay_in_seconds=0): ("You can request it again at any time.",),
        with_test(market, alice, "Read"): (
            "<strong>10 minutes</strong>",
            "The Requester reads your answers and decides.",
        ),
        with_test(market, alice, "Scored", answer_key=KEY): ("Your answers are scored at once", "Begin the test"),
    }
    for type_id, said in kinds.items():
        page = bob.get(request_url(type_id))
        assert all(each in page.text for each in said), (said, page.text)
        assert page.text.count(f'<form method="post" action="{request_url(type_id)}">') == 1
        assert not standing(market, bob.worker_id, type_id).request  # looking asks for nothing
    give(market, alice, next(iter(kinds)), bob.worker_id, 7)
    assert "You keep your score of 7 until there is a new one." in bob.get(request_url(next(iter(kinds)))).text


def test_asking_leads_to_what_has_become_of_it(market: Market, alice: str, bob: Person) -> None:
    plain = new_type(market, alice)
    auto = new_type(market, alice, "Auto", auto_granted=True, auto_granted_value=3)
    page = bob.follow(bob.post(request_url(plain))).text
    assert "Sent to the Requester, who decides." in page
    assert "The Requester has yet to decide about your request" in page
    assert "Granted. Your score is 3." in bob.follow(bob.post(request_url(auto))).text
    accept(market, alice, waiting(market, alice)[0].qualification_request_id, integer_value=9)
    assert 'Your score: <span class="number">9</span>' in bob.get(f"/qualifications/{plain}").text


def test_asking_needs_the_forms_own_token(market: Market, alice: str, bob: Person) -> None:
    type_id = with_test(market, alice)
    assert bob.post(request_url(type_id), token="wrong").status_code == 403
    assert bob.get(request_url(type_id)).status_code == 200
    assert not standing(market, bob.worker_id, type_id).request


def test_asking_too_early_tells_to_the_second_from_when(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    type_id = new_type(market, alice, retry_delay_in_seconds=2 * HOURS)
    bob.post(request_url(type_id))
    twice = bob.post(request_url(type_id))
    assert twice.status_code == 422
    assert "You have asked for this Qualification already." in twice.text
    reject(market, alice, waiting(market, alice)[0].qualification_request_id)
    for path in (request_url(type_id), f"/qualifications/{type_id}"):
        page = bob.get(path).text
        assert 'datetime="2026-10-01T14:00:00.000Z" data-local="medium">Oct 1, 2026, 2:00:00\u202fPM UTC</time>' in page
        assert f'action="{request_url(type_id)}"' not in page
    early = bob.post(request_url(type_id))
    assert (early.status_code, "from 2026-10-01 14:00:00 UTC." in early.text) == (422, True)
    answer = Program(app, bob.token(market)).post(request_url(type_id))
    assert (answer.status_code, "from 2026-10-01 14:00:00 UTC." in answer.json()["message"]) == (422, True)
    told = bob.json(f"/qualifications/{type_id}?format=json")
    assert (told["can_retake_test_or_rerequest"], told["earliest_retriable_time"]) == (
        False,
        "2026-10-01T14:00:00.000Z",
    )
    market.clock.advance(seconds=2 * HOURS)
    assert bob.post(request_url(type_id)).status_code == 303


def test_what_is_not_offered_says_so_and_why(market: Market, alice: str, bob: Person) -> None:
    inactive, going = new_type(market, alice, qualification_type_status="Inactive"), new_type(market, alice, "Going")
    give(market, alice, going, bob.worker_id, 7)
    market.perform(alice, qualification_types.delete_qualification_type, qualification_type_id=going)
    for type_id, said in (
        (inactive, "It cannot be requested at present: its Requester has made it inactive."),
        (going, "It cannot be requested any more: its Requester has deleted it."),
        (LOCALE, "It cannot be requested."),
    ):
        for path in (f"/qualifications/{type_id}", request_url(type_id)):
            page = bob.get(path).text
            assert f"<p>{said}</p>" in page
            assert "<button>Request" not in page
        refused = bob.post(request_url(type_id))
        assert refused.status_code == 404
        assert "or it is not offered at present." in refused.text
    assert "Your score:" in bob.get(f"/qualifications/{going}").text


# ---------------------------------------------------------------------------------------------- the test


def test_a_test_is_taken_in_a_frame_of_its_own_origin_against_the_clock(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    type_id = with_test(market, alice, answer_key=KEY)
    begin = bob.post(request_url(type_id))
    page = bob.follow(begin)
    request_id = begin.headers["location"].rpartition("/")[2]
    assert '<count-down seconds="600">' in page.text
    src = frame_src(page)
    origin = f"http://{request_id.lower()}.localhost:8900"
    assert src.startswith(f"{origin}/task/en/")
    frame = page.text.split('<iframe id="task"')[1].split(">")[0]
    assert "allow-same-origin" in frame
    assert "allow-top-navigation" not in frame
    assert f'data-answers-from="{origin}"' in frame
    shown = at_host(app, src).get(src)
    assert shown.status_code == 200
    assert "Which is a mug?" in shown.text
    assert f'name="assignmentId" value="{request_id}"' in shown.text
    assert "frame-ancestors http://kempelen.localhost:8900" in shown.headers["content-security-policy"]
    market.clock.advance(seconds=599)
    assert '<count-down seconds="1">' in bob.get(begin.headers["location"]).text
    assert bob.post(request_url(type_id)).headers["location"] == begin.headers["location"]


@pytest.mark.parametrize(("answer", "value"), [(CUP, 10), (HAT, -1)])
def test_a_scored_test_is_granted_at_once_and_tells_the_score(
    market: Market, alice: str, bob: Person, answer: tuple[str, str], value: int
) -> None:
    type_id = with_test(market, alice, answer_key=KEY)
    test = begun(market, bob, type_id)
    page = bob.follow(bob.post(test + "/submit", [("assignment_id", "x"), answer])).text
    assert f"Test submitted. Your score is {value}." in page
    assert f'Your score: <span class="number">{value}</span>' in page
    assert score(market, alice, type_id, bob.worker_id) == value
    assert bob.get(test).headers["location"] == f"/qualifications/{type_id}"


def test_a_test_without_a_key_waits_for_its_requester(market: Market, alice: str, bob: Person) -> None:
    type_id = with_test(market, alice)
    page = bob.follow(bob.post(begun(market, bob, type_id) + "/submit", [CUP])).text
    assert "Sent to the Requester, who decides." in page
    (request,) = waiting(market, alice)
    assert "<SelectionIdentifier>cup</SelectionIdentifier>" in str(request.answer)


def test_answers_that_are_not_ready_are_told_and_the_test_goes_on(market: Market, alice: str, bob: Person) -> None:
    type_id = with_test(market, alice, answer_key=KEY)
    test = begun(market, bob, type_id)
    for fields in ([], [("answer-1", "9")], [("answer-1", "")]):
        refused = bob.post(test + "/submit", fields)
        assert (refused.status_code, "Some answers are missing or not valid." in refused.text) == (422, True)
    assert bob.get(test).status_code == 200
    assert bob.post(test + "/submit", [CUP]).status_code == 303


def test_a_late_test_is_refused_clearly_and_its_page_leads_to_the_outcome(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    type_id = with_test(market, alice, answer_key=KEY)
    test = begun(market, bob, type_id)
    src = frame_src(bob.get(test))
    market.clock.advance(seconds=600)
    late = bob.client.post(
        test + "/submit",
        data={"authenticity_token": bob.csrf, "answer-1": "1"},
        headers={"accept": "application/json"},
    )
    assert (late.status_code, late.json()["message"]) == (422, "This test cannot be handed in. Its time ran out.")
    assert at_host(app, src).get(src).status_code == 422
    page = bob.follow(bob.get(test)).text
    assert "The time for your last test ran out before you handed it in:" in page
    assert 'datetime="2026-10-01T12:10:00.000Z"' in page
    assert "It can be requested only once, and you have done so." in page
    assert waiting(market, alice) == []


def test_a_test_handed_in_twice_counts_once(market: Market, alice: str, bob: Person) -> None:
    type_id = with_test(market, alice, answer_key=KEY)
    test = begun(market, bob, type_id)
    assert bob.post(test + "/submit", [CUP]).status_code == 303
    again = bob.post(test + "/submit", [HAT])
    assert (again.status_code, "You have handed it in already." in again.text) == (422, True)
    assert bob.post(test + "/submit", [CUP]).status_code == 303, "its reply may have been lost: nothing changes"
    assert score(market, alice, type_id, bob.worker_id) == 10


def test_its_page_says_what_the_work_page_says_when_the_connection_is_lost(
    market: Market, alice: str, bob: Person
) -> None:
    page = bob.get(begun(market, bob, with_test(market, alice, answer_key=KEY))).text
    for told in ("unreached", "nobodys", "foreign", "not-saved", "five-minutes", "one-minute"):
        assert re.search(f'data-{told}="[^"]{{10,}}"', page), told
    assert f'data-worker="{bob.worker_id}"' in page


def test_a_program_takes_a_test_at_the_same_addresses(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    type_id = with_test(market, alice, answer_key=KEY)
    program = Program(app, bob.token(market))
    asked = program.post(request_url(type_id)).json()
    assert (asked["request"]["state"], asked["request"]["deadline"]) == ("InTest", "2026-10-01T12:10:00.000Z")
    test = program.get(asked["request"]["test_url"]).json()
    assert (test["time_to_deadline_in_seconds"], test["question"]["type"]) == (600, "QuestionForm")
    frame = at_host(app, test["question"]["value"]).get(test["question"]["value"])
    assert "Which is a mug?" in frame.text
    ended = program.post(test["submit_url"], [CUP]).json()
    assert (ended["state"], ended["value"], ended["message"]) == ("Granted", 10, "Test submitted. Your score is 10.")
    late = program.get(asked["request"]["test_url"])
    assert (late.status_code, late.json()["message"]) == (
        422,
        "This test cannot be handed in. You have handed it in already.",
    )


@pytest.mark.parametrize(("members", "state"), [({"answer_key": KEY}, "Granted"), ({}, "Submitted")])
def test_a_program_hands_a_test_in_where_its_page_would(
    market: Market, alice: str, bob: Person, charlie: Person, app: ASGIApp, members: dict[str, str], state: str
) -> None:
    type_id = with_test(market, alice, **members)
    program = Program(app, bob.token(market))
    test = program.get(program.post(request_url(type_id)).json()["request"]["test_url"]).json()
    told = dict(parse_qsl(urlsplit(test["question"]["value"]).query))
    path = told["turkSubmitTo"] + "/mturk/externalSubmit"
    sent = [("assignmentId", told["assignmentId"]), ("hitId", told["hitId"]), CUP]
    refused = program.post(path, sent[:2])
    assert (refused.status_code, refused.json()["code"]) == (422, "AnswersNotReady")
    stranger = Program(app, charlie.token(market)).post(path, sent)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "AssignmentDoesNotExist")
    assert standing(market, bob.worker_id, type_id).request == "InTest"
    for _ in range(2):  # the second time as if the first answer was lost
        handed_in = program.post(path, sent)
        assert handed_in.json() == {"assignment_id": test["request_id"], "state": state}
    assert standing(market, bob.worker_id, type_id).request == state
    other = program.post(path, [*sent[:2], HAT])
    assert (other.status_code, other.json()["code"]) == (422, "InvalidQualificationRequestState")


def test_nobody_elses_test_is_shown_or_handed_in(
    market: Market, alice: str, bob: Person, charlie: Person, nobody: Person, app: ASGIApp
) -> None:
    type_id = with_test(market, alice, answer_key=KEY)
    test = begun(market, bob, type_id)
    assert nobody.get(test).headers["location"].startswith("/sign-in")
    for path in (test, f"/qualifications/{type_id}/requests/{UNKNOWN}"):
        assert charlie.get(path).status_code == 404
        assert charlie.post(path + "/submit", [CUP]).status_code == 404
        assert Program(app, charlie.token(market)).get(path).status_code == 404
    other = with_test(market, alice, "Other")
    assert bob.get(test.replace(type_id, other)).status_code == 404
    assert bob.post(test.replace(type_id, other) + "/submit", [CUP]).status_code == 404
    assert standing(market, bob.worker_id, type_id).request == "InTest"
    src = frame_src(bob.get(test))
    assert at_host(app, src).get(altered(src)).status_code == 403
    elsewhere = src.replace(urlsplit(src).netloc, f"{UNKNOWN.lower()}.localhost:8900")
    assert at_host(app, elsewhere).get(elsewhere).status_code == 403


def test_a_test_that_lost_its_type_says_what_became_of_it(market: Market, alice: str, bob: Person) -> None:
    type_id = with_test(market, alice)
    test = begun(market, bob, type_id)
    market.perform(alice, qualification_types.delete_qualification_type, qualification_type_id=type_id)
    refused = bob.post(test + "/submit", [CUP])
    assert (refused.status_code, "Your request was rejected." in refused.text) == (422, True)
    page = bob.follow(bob.get(test)).text
    assert "This Qualification no longer exists." in page


def test_a_test_in_a_window_of_its_own_ends_at_the_finish_button(
    market: Market, alice: str, bob: Person, charlie: Person
) -> None:
    type_id = with_test(market, alice, answer_key=KEY)
    test = begun(market, bob, type_id)
    fields = [("assignmentId", test.rpartition("/")[2]), CUP]
    page = bob.post("/mturk/finish", fields)
    assert page.status_code == 200
    assert "Finish this test" in page.text
    assert f'action="{test}/submit"' in page.text
    assert charlie.post("/mturk/finish", fields).status_code == 404
    assert standing(market, bob.worker_id, type_id).request == "InTest"


def test_pages_about_qualifications_speak_german(market: Market, alice: str, bob: Person) -> None:
    type_id = with_test(market, alice, answer_key=KEY)
    page = bob.get(request_url(type_id), accept_language="de").text
    assert "Sie haben dafür <strong>10 Minuten</strong>" in page
    assert "Standort" in bob.get("/qualifications/assigned", accept_language="de").text
