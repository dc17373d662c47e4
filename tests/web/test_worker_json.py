"""JSON at a Worker's pages: what the pages tell, programs are told too, and nobody is told what is another's."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.types import ASGIApp

from kempelen.core.money import Money
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import assignments, history
from tests.market.qualifying import give, new_type, required, take
from tests.market.work import new_hit
from tests.web.people import FROM_ELSEWHERE, Person, Program, submit_url, work_url

JSON = {"accept": "application/json"}


def done(market: Market, alice: str, bob: Person, **members: Any) -> str:
    """The id of an assignment that Bob has handed in."""
    market.perform(bob.worker_id, accounts.set_auto_accept, on=False)
    accepted = bob.accept(market, alice, **members)
    bob.post(submit_url(accepted), {"assignment_id": accepted.assignment_id, "colour": "blue"})
    return accepted.assignment_id


def test_a_requester_is_told_with_how_they_decide_and_what_i_earned(
    market: Market, alice: str, bob: Person, charlie: Person
) -> None:
    approved, rejected = (done(market, alice, bob, title=title) for title in ("A", "B"))
    market.perform(alice, assignments.approve_assignment, assignment_id=approved)
    market.perform(alice, assignments.reject_assignment, assignment_id=rejected, requester_feedback="Not a mug.")
    mine = bob.json(f"/requesters/{alice}/projects")["requester"]
    assert mine["earned_by_caller"] == {"amount_in_dollars": 0.05, "currency_code": "USD"}
    names = ("submitted_by_caller", "approved_of_caller", "rejected_of_caller", "approved", "rejected")
    assert [mine[name] for name in names] == [2, 1, 1, 1, 1]
    strangers = charlie.json(f"/requesters/{alice}/projects")["requester"]
    assert [strangers[name] for name in names] == [0, 0, 0, 1, 1]


def test_a_preview_tells_where_to_look_at_one_hit(market: Market, alice: str, bob: Person) -> None:
    hit = new_hit(market, alice)
    preview = bob.json(f"/projects/{hit.hit_group_id}/tasks")["preview"]
    assert (preview["task_id"], preview["question"]["type"]) == (hit.hit_id, "HTMLQuestion")
    assert "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE" in preview["question"]["value"]


def test_the_dashboard_pages_what_was_handed_in_by_its_status(market: Market, alice: str, bob: Person) -> None:
    ids = [done(market, alice, bob, title=str(number)) for number in range(21)]
    market.perform(alice, assignments.reject_assignment, assignment_id=ids[0], requester_feedback="Not a mug.")
    known = bob.json("/dashboard?page_number=2")["submitted"]
    assert (len(known["results"]), known["page_number"], known["num_results"], known["total_num_results"]) == (
        1,
        2,
        1,
        21,
    )
    (rejected,) = bob.json("/dashboard?status=Rejected")["submitted"]["results"]
    assert (rejected["assignment_id"], rejected["requester_feedback"]) == (ids[0], "Not a mug.")
    assert rejected["decided_at"] == "2026-10-01T12:00:00.000Z"


def test_what_was_taken_away_ends_the_list_of_what_is_held(market: Market, alice: str, bob: Person) -> None:
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob.worker_id)
    take(market, alice, type_id, bob.worker_id, "The course is over.")
    held = bob.json("/qualifications/assigned.json")
    (taken,) = held["revoked_qualifications"]
    assert (taken["qualification_type_id"], taken["revocation_reason"]) == (type_id, "The course is over.")


def test_a_qualification_tells_the_groups_that_ask_for_it(market: Market, alice: str, bob: Person) -> None:
    type_id = new_type(market, alice)
    hit = new_hit(market, alice, qualification_requirements=[required(type_id, "Exists")])
    (group,) = bob.json(f"/qualifications/{type_id}")["projects"]
    assert group["hit_set_id"] == hit.hit_group_id


def test_the_choice_of_mails_is_told_beside_the_messages(bob: Person) -> None:
    assert bob.json("/messages")["mails"] == {"messages": True, "news": True}
    bob.post("/messages/choices", {"news": "on"}, **JSON)
    assert bob.json("/messages")["mails"] == {"messages": False, "news": True}


def test_a_redirect_leads_programs_to_json_again(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    accepted = bob.accept(market, alice, max_assignments=2)
    work_page = f"/projects/{accepted.hit_group_id}/tasks/{accepted.hit_id}"
    answer = bob.client.get(f"{work_page}?format=json")
    assert answer.headers["location"] == f"/projects/{accepted.hit_group_id}/tasks?format=json"
    program = Program(app, bob.token(market))
    assert program.get(work_page).json()["hit_set_id"] == accepted.hit_group_id


# ---------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("path", ["/sign-in", "/signout", "/account/delete", "/messages/stop"])
def test_a_page_that_is_for_people_is_refused_to_programs(market: Market, bob: Person, app: ASGIApp, path: str) -> None:
    for told in (bob.client.get(path, headers=JSON), bob.client.get(f"{path}?format=json")):
        if path != "/sign-in":  # which leads on who is signed in
            assert (told.status_code, told.json()["code"]) == (406, "NotAsJSON")
    anonymous = Person(app).client.get("/sign-in", headers=JSON)
    assert (anonymous.status_code, anonymous.json()["code"]) == (406, "NotAsJSON")


def test_a_field_that_cannot_be_taken_is_named(market: Market, bob: Person, app: ASGIApp) -> None:
    told = Program(app, bob.token(market)).post("/account", {"name": "Bob", "time_zone": "Nowhere"})
    assert told.status_code == 422
    assert told.json() == {
        "message": "There is no time zone of this name.", "code": "InvalidField", "field": "time_zone",
    }  # fmt: skip


def test_a_link_elsewhere_accepts_nothing_for_a_session(market: Market, alice: str, bob: Person) -> None:
    hit = new_hit(market, alice)
    url = f"/projects/{hit.hit_group_id}/tasks/accept_random?format=json"
    told = bob.client.get(url, headers=FROM_ELSEWHERE)
    assert (told.status_code, told.json()["code"]) == (403, "AskedElsewhere")
    assert bob.json("/tasks")["tasks"] == []


def test_a_session_posts_json_only_with_its_own_token(market: Market, alice: str, bob: Person) -> None:
    hit = new_hit(market, alice)
    url = f"/projects/{hit.hit_group_id}/tasks/accept_random"
    forged = bob.post(url, token="x", **JSON)
    assert (forged.status_code, forged.json()["code"]) == (403, "FormForged")
    by_header = bob.client.post(url, headers=JSON | {"x-csrf-token": bob.csrf})
    assert by_header.status_code == 303


# ---------------------------------------------------------------------------------------------- walls between Workers


def test_nobody_reads_or_changes_by_json_what_is_anothers(
    market: Market, alice: str, bob: Person, charlie: Person, app: ASGIApp
) -> None:
    """Charlie knows every id of Bob's, and has a token of their own."""
    handed_in, type_id = done(market, alice, bob), new_type(market, alice)
    give(market, alice, type_id, bob.worker_id)
    accepted = bob.accept(market, alice, reward=Money.parse("0.50"), title="Mine")
    program = Program(app, bob.token(market))
    program.post("/searches", {"filters[search_term]": "mug"})
    before = everything(program)
    stranger = Program(app, charlie.token(market))
    search_id, token_id = (
        program.get("/searches").json()["results"][0]["search_id"],
        before["/account"]["tokens"][0]["token_id"],
    )
    tries = {
        stranger.get(f"/assignments/{handed_in}"): 404,
        stranger.get(work_url(accepted)): 404,
        stranger.post(work_url(accepted), {"_method": "delete"}): 404,
        stranger.post(submit_url(accepted), {"assignment_id": accepted.assignment_id, "colour": "red"}): 404,
        stranger.post("/mturk/externalSubmit", {"assignmentId": accepted.assignment_id, "colour": "red"}): 404,
        stranger.post(f"/qualifications/{type_id}/give_up"): 404,
        stranger.post("/searches/delete", {"search_id": search_id}): 200,  # there is none of that id among Charlie's
        stranger.post("/account/tokens/revoke", {"token_id": token_id}): 200,
    }
    assert [answer.status_code for answer in tries] == list(tries.values())
    assert everything(program) == before
    for path, told in everything(stranger).items():
        for secret in (handed_in, accepted.assignment_id, bob.worker_id, bob.email, search_id, token_id):
            assert secret not in str(told), path
    assert market.perform(bob.worker_id, history.get_submission, assignment_id=handed_in).answer.count("blue") == 1


def everything(program: Program) -> dict[str, Any]:
    """What a program can read of its Worker's; tickets, which are made anew each time, are left out."""
    paths = ("/tasks", "/dashboard", "/status_details/2026-10-01", "/account", "/searches", "/messages",
             "/qualifications/assigned.json", "/qualifications/pending.json")  # fmt: skip
    read = {path: program.get(path).json() for path in paths}
    for task in read["/tasks"]["tasks"]:
        del task["question"]["value"]
    return read
