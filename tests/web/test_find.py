"""Finding work: lists, searches, previews, and the same for programs."""

from __future__ import annotations

import pytest
from starlette.types import ASGIApp

from kempelen.core.money import Money
from kempelen.market.market import Market
from tests.market.work import new_hit
from tests.web.people import Person, Program


def test_somebody_who_is_not_signed_in_is_welcomed_and_sees_no_work(market: Market, alice: str, nobody: Person) -> None:
    new_hit(market, alice)
    page = nobody.get("/")
    assert page.status_code == 200
    assert "Register as a Worker" in page.text
    assert "Name the mug" not in page.text
    assert nobody.get("/projects").headers["location"] == "/sign-in?next=%2Fprojects"


def test_a_program_without_a_session_is_told_so(nobody: Person) -> None:
    answer = nobody.client.get("/projects?format=json")
    assert answer.status_code == 401
    assert "Authorization: Bearer" in answer.json()["message"]


def test_an_empty_list_says_what_to_do_next(bob: Person) -> None:
    assert "No HITs available right now." in bob.get("/projects").text
    assert "Nothing matches." in bob.get("/projects?filters[search_term]=zebra").text


def test_the_list_has_the_members_that_scripts_read(market: Market, alice: str, bob: Person) -> None:
    hit = new_hit(market, alice, max_assignments=2)
    group = hit.hit_group_id
    listed = bob.json("/projects?format=json")
    assert listed == {
        "results": [
            {
                "hit_set_id": group,
                "title": "Name the mug's colour",
                "description": "One question.",
                "requester_id": alice,
                "requester_name": "Mug Lab",
                "requester_url": f"/requesters/{alice}/projects",
                "assignable_hits_count": 1,
                "assignment_duration_in_seconds": 3600,
                "caller_meets_preview_requirements": True,
                "caller_meets_requirements": True,
                "creation_time": "2026-10-01T12:00:00.000Z",
                "last_updated_time": "2026-10-01T12:00:00.000Z",
                "latest_expiration_time": "2026-10-02T12:00:00.000Z",
                "monetary_reward": {"amount_in_dollars": 0.05, "currency_code": "USD"},
                "typical_time_in_seconds": None,
                "hourly_rate": None,
                "requester_approval_rate": None,
                "requester_time_to_decide_in_seconds": None,
                "hits_done_by_caller": 0,
                "project_requirements": [],
                "accept_project_task_url": f"/projects/{group}/tasks/accept_random",
                "project_tasks_url": f"/projects/{group}/tasks",
            }
        ],
        "page_number": 1,
        "num_results": 1,
        "total_num_results": 1,
    }
    assert bob.json("/?format=json") == listed
    of_one = bob.json(f"/requesters/{alice}/projects")
    assert of_one.pop("requester")["requester_name"] == "Mug Lab"
    assert of_one == listed


def test_the_list_is_searched_sorted_filtered_and_paged(market: Market, alice: str, bob: Person) -> None:
    for number in range(12):
        new_hit(market, alice, title=f"Task {number}", reward=Money(number * 100_000))

    def titles(query: str) -> list[str]:
        return [group["title"] for group in bob.json(f"/projects?{query}")["results"]]

    assert titles("filters[search_term]=task+7") == ["Task 7"]
    assert titles("sort=reward_desc&page_size=10")[:2] == ["Task 11", "Task 10"]
    assert titles("sort=reward_asc&page_size=10&page_number=2") == ["Task 10", "Task 11"]
    assert titles("filters[min_reward]=1.05") == ["Task 11"]
    assert len(titles("filters[min_reward]=lots&page_size=7&page_number=x&sort=z")) == 12
    page = bob.get("/projects?page_size=10&sort=reward_asc&filters[search_term]=task").text
    assert "Page 1 of 2" in page
    assert "filters%5Bsearch_term%5D=task&amp;sort=reward_asc&amp;page_size=10&amp;page_number=2" in page


def test_a_group_is_previewed_by_its_id_or_that_of_its_hit_type(market: Market, alice: str, bob: Person) -> None:
    hit = new_hit(market, alice)
    for group_id in (hit.hit_group_id, hit.hit_type_id):
        page = bob.get(f"/projects/{group_id}/tasks")
        assert "<iframe" in page.text
        assert bob.get(f"/mturk/preview?groupId={group_id}").headers["location"] == f"/projects/{group_id}/tasks"


def test_a_preview_learns_nothing_of_the_worker(market: Market, alice: str, bob: Person) -> None:
    hit = new_hit(market, alice)
    frame = bob.get(f"/projects/{hit.hit_group_id}/tasks").text.split('<iframe id="task"')[1].split(">")[0]
    assert "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE" in frame
    assert f"hitId={hit.hit_id}" in frame
    assert "workerId=" not in frame
    assert "turkSubmitTo=" not in frame


def test_a_group_that_is_used_up_says_so(market: Market, alice: str, bob: Person, charlie: Person) -> None:
    accepted = charlie.accept(market, alice)
    page = bob.get(f"/projects/{accepted.hit_group_id}/tasks")
    assert page.status_code == 200
    assert "There are no more of these HITs available." in page.text
    assert "<iframe" not in page.text


def test_an_unknown_group_is_not_found(bob: Person, app: ASGIApp, market: Market) -> None:
    assert bob.get("/projects/3NOSUCHGROUP/tasks").status_code == 404
    answer = Program(app, bob.token(market)).get("/projects/3NOSUCHGROUP/tasks")
    assert answer.status_code == 404
    assert "address is not valid" in answer.json()["message"]


@pytest.mark.parametrize(
    "path", ["/mturk/preview", "/mturk/findhits", "/mturk/findquals", "/mturk/preview?groupId=a/b"]
)
def test_older_addresses_lead_to_the_list(nobody: Person, path: str) -> None:
    answer = nobody.get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, "/projects")


def test_what_a_requester_writes_is_text(market: Market, alice: str, bob: Person) -> None:
    hit = new_hit(market, alice, title="<script>alert(1)</script>", description='"><img src=x onerror=alert(1)>')
    for path in ("/projects", f"/projects/{hit.hit_group_id}/tasks"):
        page = bob.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("path", ["/contact", "/status/", "/smfw?relative_url=/worker/help", "/worker/help", "/help"])
def test_the_originals_addresses_of_help_lead_to_ours_signed_in_or_not(bob: Person, nobody: Person, path: str) -> None:
    for person in (bob, nobody):
        answer = person.get(path)
        assert answer.status_code == (200 if path == "/help" else 302)
        page = person.get(answer.headers.get("location", path).partition("#")[0])
        assert "Contact" in page.text


def test_what_i_have_done_is_left_for_others(market: Market, alice: str, bob: Person, charlie: Person) -> None:
    group = bob.accept(market, alice, title="Sort the spoons", max_assignments=3).hit_group_id
    for query in ("", "?filters[search_term]=spoons", "?filters[qualified]=true"):
        assert "Sort the spoons" not in bob.get(f"/projects{query}").text
        assert "Sort the spoons" in charlie.get(f"/projects{query}").text
    joint = "/projects?format=json&filters[qualified]=true"
    assert (bob.json(joint)["results"], bob.json(joint)["total_num_results"]) == ([], 0)
    assert charlie.json(joint)["results"][0]["assignable_hits_count"] == 1
    preview = bob.get(f"/projects/{group}/tasks")
    assert preview.status_code == 200
    assert "accept_random" not in preview.text
    assert "accept_random" in charlie.get(f"/projects/{group}/tasks").text
