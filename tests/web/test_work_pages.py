"""Doing work: accept, the work page, submit, return, the queue and the dashboard."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

import msgspec
import pytest
from starlette.types import ASGIApp

from kempelen.core.money import Money
from kempelen.core.questions import answers
from kempelen.core.rules.verdicts import KNOWN_ANSWERS
from kempelen.core.wire.shapes import ParameterMapEntry, PolicyParameter, ReviewPolicy
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import assignments, bonuses, work
from kempelen.web.app import web
from kempelen.web.site.settings import WebSettings
from tests.market.work import new_hit
from tests.web import inprocess
from tests.web.people import FROM_ELSEWHERE, URL, Person, Program, frame_src, submit_url, work_url


def accept_url(hit: Any) -> str:
    return f"/projects/{hit.hit_group_id}/tasks/accept_random"


def queue_of(market: Market, person: Person) -> list[str]:
    return [item.assignment_id for item in market.perform(person.worker_id, work.list_queue)]


def answers_of(market: Market, requester: str, hit_id: str) -> list[list[tuple[str, str]]]:
    found = market.perform(requester, assignments.list_assignments_for_hit, hit_id=hit_id).assignments
    return [answers.readable(assignment.answer) for assignment in found]


def one_at_a_time(market: Market, person: Person) -> None:
    market.perform(person.worker_id, accounts.set_auto_accept, on=False)


# ---------------------------------------------------------------------------------------------- accept


def test_the_accept_button_leads_to_the_work_page(market: Market, alice: str, bob: Person) -> None:
    hit = new_hit(market, alice)
    answer = bob.post(accept_url(hit))
    (assignment_id,) = queue_of(market, bob)
    expected = f"/projects/{hit.hit_group_id}/tasks/{hit.hit_id}?assignment_id={assignment_id}"
    assert answer.headers["location"] == expected
    assert bob.follow(answer).status_code == 200


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_link_of_ours_or_a_typed_address_accepts(market: Market, alice: str, bob: Person, site: str) -> None:
    hit = new_hit(market, alice)
    assert bob.get(accept_url(hit), sec_fetch_site=site).status_code == 303
    assert len(queue_of(market, bob)) == 1


@pytest.mark.parametrize(
    "headers",
    [FROM_ELSEWHERE, {"sec-fetch-site": "same-site"}, {}, {"sec-fetch-site": "none", "sec-purpose": "prefetch"}],
)
def test_a_link_of_another_site_only_asks(market: Market, alice: str, bob: Person, headers: dict[str, str]) -> None:
    hit = new_hit(market, alice)
    page = bob.client.get(accept_url(hit), headers={"accept": "text/html"} | headers)
    assert page.status_code == 200
    assert "Accept this HIT?" in page.text
    assert queue_of(market, bob) == []


def test_asking_about_the_address_accepts_nothing(market: Market, alice: str, bob: Person) -> None:
    hit = new_hit(market, alice)
    assert bob.client.head(accept_url(hit), headers={"sec-fetch-site": "none"}).status_code == 200
    assert bob.get(accept_url(hit) + "?ask").status_code == 200
    assert queue_of(market, bob) == []


def test_a_refusal_to_accept_is_told_in_the_words_scripts_know(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    hit = new_hit(market, alice)
    bob.post(accept_url(hit))
    page = bob.post(accept_url(hit))
    assert page.status_code == 422
    assert "There are no more of these HITs available." in page.text
    answer = bob.client.get(accept_url(hit) + "?format=json", headers={"sec-fetch-site": "none"})
    assert (answer.status_code, answer.json()) == (
        422,
        {"message": "There are no more of these HITs available.", "code": "NoHITsAvailableInGroupException"},
    )
    for _ in range(24):
        bob.accept(market, alice)
    full = bob.post(accept_url(new_hit(market, alice)))
    assert "You have accepted the maximum number of HITs allowed at one time" in full.text


# ---------------------------------------------------------------------------------------------- the work page


def test_the_work_page_holds_the_task_in_a_frame_of_its_own_origin(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    page = bob.get(work_url(accepted))
    src = frame_src(page)
    origin = f"http://{accepted.hit_id.lower()}.localhost:8900"
    assert src.startswith(f"{origin}/task/en/")
    names = re.findall(r"[?&](\w+)=", src)
    assert names == ["assignmentId", "hitId", "workerId", "turkSubmitTo"]
    assert f"assignmentId={accepted.assignment_id}&hitId={accepted.hit_id}&workerId={bob.worker_id}&" in src
    assert src.endswith("turkSubmitTo=" + origin.replace(":", "%3A").replace("/", "%2F"))
    frame = page.text.split('<iframe id="task"')[1].split(">")[0]
    assert "allow-scripts" in frame
    assert "allow-same-origin" in frame
    assert "allow-top-navigation" not in frame
    assert f'data-answers-from="{origin}"' in frame
    assert '<count-down seconds="3600">' in page.text


def test_the_work_page_survives_a_reload(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    market.clock.advance(seconds=600)
    for _ in range(2):
        assert '<count-down seconds="3000">' in bob.get(work_url(accepted)).text


def test_an_external_question_is_loaded_from_its_own_address_and_submits_to_the_site(
    market: Market, alice: str, bob: Person
) -> None:
    accepted = bob.accept(market, alice, question=EXTERNAL)
    page = bob.get(work_url(accepted))
    src = frame_src(page)
    assert src.startswith(f"https://study.example/mug?round=2&assignmentId={accepted.assignment_id}&")
    assert src.endswith("&turkSubmitTo=http%3A%2F%2Fkempelen.localhost%3A8900")
    assert 'data-answers-from="http://kempelen.localhost:8900"' in page.text
    assert 'height="450"' in page.text
    assert "Open it in a new window" in page.text


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("http://study.example/mug?round=2", "https://study.example/mug?round=2"),
        ("http://study.example:80", "https://study.example"),
        ("http://study.example:8080/mug", "https://study.example:8080/mug"),
        ("https://study.example/mug", "https://study.example/mug"),
    ],
)
def test_where_the_site_is_https_a_requesters_page_is_asked_for_by_https(
    market: Market, alice: str, bob: Person, written: str, asked: str
) -> None:
    market.rules = msgspec.structs.replace(market.rules, allow_http_external_questions=True)
    question = EXTERNAL.replace("https://study.example/mug?round=2", written)
    accepted = bob.accept(market, alice, question=question)
    token = market.perform(OPERATOR, accounts.add_worker_token, worker_id=bob.worker_id, name="secure")
    safe = web(market, WebSettings(url="https://turk.example.org", tasks_url="https://*.turk-tasks.example"))
    client = inprocess.client(safe, "https://turk.example.org")
    headers = {"authorization": f"Bearer {token}"}
    src = client.get(work_url(accepted), headers=headers).json()["question"]["value"]
    assert src.startswith(f"{asked}{'&' if '?' in asked else '?'}assignmentId=")
    assert frames_written(bob, accepted).startswith(written), "on plain http the address stays"


def frames_written(bob: Person, accepted: work.Accepted) -> str:
    return str(bob.json(work_url(accepted))["question"]["value"])


@pytest.mark.parametrize("name", ["kempelen.localhost", "localhost"])
def test_a_task_at_the_name_the_site_is_open_under_is_not_loaded_and_the_page_says_why(
    market: Market, alice: str, bob: Person, name: str
) -> None:
    asked = EXTERNAL.replace("study.example", name + ":5000")
    accepted = bob.accept(market, alice, question=asked)
    new_hit(market, alice, question=asked)  # another of the group, so that there is a preview
    at = Person(bob.app, f"http://{name}:8900")
    at.client.headers["cookie"] = f"kempelen_session_8900={bob.client.cookies['kempelen_session_8900']}"
    for path in (f"/projects/{accepted.hit_group_id}/tasks", work_url(accepted)):
        page = at.get(path)
        assert f"It lies at <code>{name}</code>, the host name of this very site" in page.text
        assert f"{name}:5000" not in page.text
        if name == "kempelen.localhost":
            assert "Please tell the Requester to put it under another host name." in page.text
        else:
            assert f'<a href="{URL}{escape(path)}">Open this page at {URL}</a>' in page.text
        assert f"{name}:5000" in str(at.json(path))


def test_without_an_assignment_in_the_address_one_comes_to_the_preview(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    answer = bob.get(f"/projects/{accepted.hit_group_id}/tasks/{accepted.hit_id}")
    assert answer.headers["location"] == f"/projects/{accepted.hit_group_id}/tasks"


@pytest.mark.parametrize("ending", ["Returned", "Abandoned", "Submitted"])
def test_work_that_has_ended_says_what_became_of_it(market: Market, alice: str, bob: Person, ending: str) -> None:
    one_at_a_time(market, bob)
    accepted = bob.accept(market, alice)
    if ending == "Returned":
        bob.post(work_url(accepted), {"_method": "delete"})
    elif ending == "Abandoned":
        market.clock.advance(seconds=3600)
    else:
        bob.post(submit_url(accepted), {"assignment_id": accepted.assignment_id})
    page = bob.get(work_url(accepted))
    assert page.status_code == 200
    assert "<iframe" not in page.text
    assert f'<p class="eyebrow">{ending}</p>' in page.text
    answer = bob.client.get(work_url(accepted) + "&format=json")
    assert answer.status_code == 422
    assert work.ENDED[ending] in answer.json()["message"]


# ---------------------------------------------------------------------------------------------- submit, return


def test_an_answer_is_handed_in_as_it_was_given(market: Market, alice: str, bob: Person) -> None:
    one_at_a_time(market, bob)
    accepted = bob.accept(market, alice)
    fields = [
        ("assignment_id", accepted.assignment_id),
        ("colour", "blå\r\n\u2028<&>"),
        ("tick", "a"),
        ("tick", "b"),
        ("", "x"),
    ]
    answer = bob.post(submit_url(accepted), fields)
    assert answer.headers["location"] == f"/tasks?group={accepted.hit_group_id}"
    assert "HIT submitted." in bob.follow(answer).text
    assert answers_of(market, alice, accepted.hit_id) == [[("colour", "blå\r\n\u2028<&>"), ("tick", "a|b")]]


def test_a_task_may_use_the_names_of_our_own_fields(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    theirs = [("assignment_id", "first"), ("authenticity_token", "none"), ("_method", "delete")]
    bob.post(submit_url(accepted), [("assignment_id", accepted.assignment_id), *theirs])
    assert answers_of(market, alice, accepted.hit_id) == [theirs]


def test_names_of_the_frame_are_never_answers(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    sent = [("assignment_id", accepted.assignment_id), ("hitId", "x"), ("workerId", "x"), ("turkSubmitTo", "x")]
    bob.post(submit_url(accepted), [*sent, ("assignmentId", "x"), ("colour", "red")])
    assert answers_of(market, alice, accepted.hit_id) == [[("colour", "red")]]


def test_a_multipart_form_hands_in_the_names_of_files(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    answer = bob.client.post(
        submit_url(accepted),
        data={"authenticity_token": bob.csrf, "assignment_id": accepted.assignment_id, "colour": "grün"},
        files={"photo": ("mug.png", b"\x89PNG", "image/png")},
    )
    assert answer.status_code == 303
    assert answers_of(market, alice, accepted.hit_id) == [[("colour", "grün"), ("photo", "mug.png")]]


def test_with_auto_accept_one_goes_on_to_the_next_until_none_is_left(market: Market, alice: str, bob: Person) -> None:
    new_hit(market, alice)
    first = bob.accept(market, alice)
    answer = bob.post(submit_url(first), {"assignment_id": first.assignment_id})
    (second,) = queue_of(market, bob)
    assert answer.headers["location"].endswith(second)
    page = bob.follow(answer)
    assert "This is the next one." in page.text
    url = answer.headers["location"].split("?")[0] + "/submit"
    last = bob.post(url, {"assignment_id": second})
    assert last.headers["location"] == "/projects"
    assert "HIT submitted. There are no more of these HITs available." in bob.follow(last).text


def test_an_address_that_asks_to_go_on_does_so_and_is_carried_on(market: Market, alice: str, bob: Person) -> None:
    one_at_a_time(market, bob)
    for _ in range(3):
        hit = new_hit(market, alice)
    asking = bob.post(f"{accept_url(hit)}?auto_accept=true").headers["location"]
    for _ in range(2):
        assert asking.endswith("&auto_accept=true")
        page = bob.get(asking).text
        action = unescape(re.search(r'<form id="answer" method="post" action="([^"]+)"', page)[1])  # type: ignore[index]
        (assignment_id,) = queue_of(market, bob)
        asking = bob.post(action, {"assignment_id": assignment_id, "colour": "red"}).headers["location"]
        assert queue_of(market, bob) != [assignment_id]


def test_the_box_for_auto_accept_is_remembered(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    assert 'name="auto_accept" checked' in bob.get(work_url(accepted)).text
    bob.post("/account/auto_accept", {})
    assert 'name="auto_accept" checked' not in bob.get(work_url(accepted)).text
    assert 'name="auto_accept" checked' in bob.get(work_url(accepted) + "&auto_accept=true").text
    assert bob.post("/account/auto_accept", {"auto_accept": "on"}, accept="application/json").json() == {
        "auto_accept": True
    }
    assert 'name="auto_accept" checked' in bob.get(work_url(accepted)).text


def test_an_answer_is_handed_in_once(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    fields = {"assignment_id": accepted.assignment_id, "colour": "red"}
    assert bob.post(submit_url(accepted), fields).status_code == 303
    again = bob.post(submit_url(accepted), fields | {"colour": "blue"})
    assert again.status_code == 422
    assert "You have submitted it already; the first answer counts." in again.text
    assert answers_of(market, alice, accepted.hit_id) == [[("colour", "red")]]


def test_an_answer_that_comes_too_late_is_refused_in_words(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    market.clock.advance(seconds=3600)
    answer = bob.post(submit_url(accepted), {"assignment_id": accepted.assignment_id}, accept="application/json")
    assert answer.status_code == 422
    assert "There was a problem submitting your results for this HIT." in answer.json()["message"]
    assert "time ran out" in answer.json()["message"]


def test_a_returned_hit_is_free_for_others(market: Market, alice: str, bob: Person, charlie: Person) -> None:
    accepted = bob.accept(market, alice)
    answer = bob.post(work_url(accepted) + "&ref=w_wp_rtrn_top", {"_method": "delete"})
    assert "HIT returned." in bob.follow(answer).text
    assert queue_of(market, bob) == []
    assert charlie.post(accept_url(accepted)).status_code == 303


# ---------------------------------------------------------------------------------------------- queue, dashboard


def test_the_queue_has_the_members_that_scripts_read(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    market.clock.advance(seconds=60)
    (task,) = bob.json("/tasks?format=json")["tasks"]
    project, question = task.pop("project"), task.pop("question")
    assert task == {
        "task_id": accepted.hit_id,
        "assignment_id": accepted.assignment_id,
        "accepted_at": "2026-10-01T12:00:00.000Z",
        "deadline": "2026-10-01T13:00:00.000Z",
        "time_to_deadline_in_seconds": 3540,
        "state": "Assigned",
        "task_url": work_url(accepted),
        "expired_task_action_url": f"/projects/{accepted.hit_group_id}/tasks",
    }
    assert project["hit_set_id"] == accepted.hit_group_id
    assert project["hit_requirements"] == []
    assert "project_requirements" not in project
    assert question["type"] == "HTMLQuestion"
    assert question["value"].startswith(f"http://{accepted.hit_id.lower()}.localhost:8900/task/")
    assert question["attributes"] == {"FrameHeight": "0", "FrameSourceAttribute": "src"}


def test_the_queue_page_shows_what_waits_and_what_to_do_when_nothing_does(
    market: Market, alice: str, bob: Person
) -> None:
    assert "Your queue is empty." in bob.get("/tasks").text
    accepted = bob.accept(market, alice)
    page = bob.get("/tasks").text
    assert work_url(accepted) in page
    assert "1 of 25" in page


def decided(market: Market, alice: str, bob: Person) -> None:
    """One approved with a bonus, one rejected, one pending."""
    one_at_a_time(market, bob)
    for title, reward in (("Approved one", "0.50"), ("Rejected one", "0.05"), ("Pending one", "0.05")):
        accepted = bob.accept(market, alice, title=title, reward=Money.parse(reward))
        bob.post(submit_url(accepted), {"assignment_id": accepted.assignment_id})
        about = {"assignment_id": accepted.assignment_id}
        if title == "Approved one":
            market.perform(alice, assignments.approve_assignment, **about, requester_feedback="Well done.")
            bonus = {"bonus_amount": Money.parse("0.20"), "reason": "For speed.", "worker_id": bob.worker_id}
            market.perform(alice, bonuses.send_bonus, **about, **bonus)
        if title == "Rejected one":
            market.perform(alice, assignments.reject_assignment, **about, requester_feedback="Not a mug.")


def test_the_dashboard_has_the_members_that_scripts_read(market: Market, alice: str, bob: Person) -> None:
    decided(market, alice, bob)
    known = bob.json("/dashboard?format=json")
    assert known.pop("submitted") == bob.json("/status_details/2026-10-01")
    assert known == {
        "availableEarnings": {"amount_in_dollars": 0.7, "currency_code": "USD"},
        "current_balance": 0.7,
        "earnings_to_date": {"approved": 0.5, "bonuses": 0.2, "total": 0.7, "pending": 0.05},
        "hits_overview": {
            "approved": 1,
            "approvalRate": 50.0,
            "pending": 1,
            "rejected": 1,
            "rejection_rate": 50.0,
            "in_queue": 0,
        },
        "daily_hit_statistics_overview": [
            {"date": "2026-10-01", "submitted": 3, "approved": 1, "rejected": 1, "pending": 1, "earnings": 0.7}
        ],
        "requesters_overview": [
            {
                "requester_id": alice,
                "requester_name": "Mug Lab",
                "submitted": 3,
                "approved": 1,
                "rejected": 1,
                "earnings": 0.7,
            }
        ],
    }


def test_a_day_has_the_members_that_scripts_read(market: Market, alice: str, bob: Person) -> None:
    decided(market, alice, bob)
    day = bob.json("/status_details/2026-10-01?format=json")
    assert (day["page_number"], day["num_results"], day["total_num_results"]) == (1, 3, 3)
    by_title = {row["title"]: row for row in day["results"]}
    rejected = by_title["Rejected one"]
    assert set(rejected) == {
        "assignment_id", "hit_id", "requester_id", "requester_name", "reward", "state", "title", "requester_feedback",
        "hit_set_id", "submitted_at", "decided_at", "auto_approve_at", "auto_approved", "decided_by_policy", "bonuses",
    }  # fmt: skip
    assert (rejected["state"], rejected["requester_feedback"]) == ("Rejected", "Not a mug.")
    assert rejected["reward"] == {"amount_in_dollars": 0.05, "currency_code": "USD"}
    assert {title: row["state"] for title, row in by_title.items()} == {
        "Approved one": "Approved", "Rejected one": "Rejected", "Pending one": "Submitted",
    }  # fmt: skip
    assert bob.json("/status_details/2026-09-30")["results"] == []
    for other in ("yesterday", "20261001", "2026-W40-4", "2026-274"):
        assert bob.get(f"/status_details/{other}").status_code == 404


def test_the_dashboard_page_shows_feedback_bonuses_and_what_is_pending(market: Market, alice: str, bob: Person) -> None:
    assert "Work appears here once you have submitted it." in bob.get("/dashboard").text
    decided(market, alice, bob)
    page = bob.get("/dashboard").text
    for told in ("$0.70", "Well done.", "Not a mug.", "Bonus $0.20", "For speed.", "50%"):
        assert told in page
    only_rejected = bob.get("/dashboard?status=Rejected").text
    assert "Not a mug." in only_rejected
    assert "Well done." not in only_rejected
    assert "Pending one" in bob.get("/status_details/2026-10-01").text


def test_the_dashboard_and_the_page_of_the_work_say_which_standing_policy_of_the_requester_decided(
    market: Market, alice: str, bob: Person
) -> None:
    known = [ParameterMapEntry(key="colour", values=["red"])]
    threshold = PolicyParameter(key="RejectIfKnownAnswerScoreIsLessThan", values=["50"])
    parameters = [PolicyParameter(key="AnswerKey", map_entries=known), threshold]
    policy = ReviewPolicy(policy_name=KNOWN_ANSWERS, parameters=parameters)
    accepted = bob.accept(market, alice, assignment_review_policy=policy)
    bob.post(submit_url(accepted), {"assignment_id": accepted.assignment_id, "colour": "blue"})
    for address in ("/dashboard", f"/assignments/{accepted.assignment_id}"):
        page = bob.get(address).text
        assert "A standing policy of the Requester decided: it compares your answers with known ones." in page
        assert f"({KNOWN_ANSWERS})" in page
    assert bob.json(f"/assignments/{accepted.assignment_id}")["decided_by_policy"] == KNOWN_ANSWERS
    about = {"assignment_id": accepted.assignment_id, "requester_feedback": "Blue it is."}
    market.perform(alice, assignments.approve_assignment, **about, override_rejection=True)
    page = bob.get("/dashboard").text
    assert "Blue it is." in page
    assert "A standing policy" not in page
    assert bob.json(f"/assignments/{accepted.assignment_id}")["decided_by_policy"] is None


# ---------------------------------------------------------------------------------------------- programs


def test_a_program_finds_accepts_works_and_submits_with_a_token(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    hit = new_hit(market, alice)
    new_hit(market, alice)
    program = Program(app, bob.token(market))
    (group,) = program.get("/projects?format=json").json()["results"]
    task = program.get(group["accept_project_task_url"]).json()
    assert task["state"] == "Assigned"
    assert program.get("/tasks").json()["tasks"][0]["assignment_id"] == task["assignment_id"]
    answer = program.post(
        task["task_url"].split("?")[0] + "/submit", {"assignment_id": task["assignment_id"], "a": "1"}
    )
    assert answer.json() == {
        "assignment_id": task["assignment_id"],
        "state": "Submitted",
        "next_url": "/tasks",
        "message": "HIT submitted. The reward is yours once the Requester approves it.",
    }
    assert answers_of(market, alice, task["task_id"]) == [[("a", "1")]]
    assert queue_of(market, bob) == []  # a program goes on only when it asks
    assert hit.hit_group_id == group["hit_set_id"]


def test_a_program_goes_on_when_it_asks_and_may_return(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    for _ in range(2):
        new_hit(market, alice)
    program = Program(app, bob.token(market))
    group = program.get("/projects").json()["results"][0]
    task = program.post(group["accept_project_task_url"]).json()
    url = task["task_url"].split("?")[0] + "/submit"
    after = program.post(url + "?auto_accept=true", {"assignment_id": task["assignment_id"]}).json()
    (following,) = queue_of(market, bob)
    assert after["next_url"].endswith(following)
    assert program.post(after["next_url"], {"_method": "delete"}).json()["state"] == "Returned"
    assert queue_of(market, bob) == []


def test_a_token_that_is_not_good_opens_nothing(app: ASGIApp, bob: Person) -> None:
    for token in ("", "kwt_made_up", bob.csrf, bob.client.cookies["kempelen_session_8900"]):
        answer = Program(app, token).get("/tasks")
        assert answer.status_code == 401
        assert answer.json()["code"] == "TokenUnknown"


EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/'
    'ExternalQuestion.xsd"><ExternalURL>https://study.example/mug?round=2</ExternalURL>'
    "<FrameHeight>450</FrameHeight></ExternalQuestion>"
)
