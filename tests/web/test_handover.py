"""Handing an answer over: externalSubmit changes nothing by itself; only the Worker's own session or token submits."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest
from starlette.types import ASGIApp

from kempelen.market.market import Market
from kempelen.market.work import work
from kempelen.web.tasks.handover import NO_ASSIGNMENT, PREVIEW
from tests.web.people import URL, Person, Program, at_host
from tests.web.test_work_pages import answers_of, one_at_a_time, queue_of


class _Fields(HTMLParser):
    """The hidden fields of a page's form, as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.sent.append((given.get("name") or "", given.get("value") or ""))


def hosts_of(accepted: work.Accepted) -> list[str]:
    return [URL, f"http://{accepted.hit_id.lower()}.localhost:8900"]


def post_from_a_task(app: ASGIApp, host: str, path: str, fields: dict[str, str]) -> httpx.Response:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe", "origin": "null"}
    return at_host(app, host).post(host + path, data=fields, headers=headers)


@pytest.mark.parametrize("path", ["/mturk/externalSubmit", "//mturk/externalSubmit"])
def test_a_posted_answer_becomes_a_page_that_hands_it_over(
    market: Market, alice: str, bob: Person, app: ASGIApp, path: str
) -> None:
    accepted = bob.accept(market, alice)
    for host in hosts_of(accepted):
        sent = {"assignmentId": accepted.assignment_id, "hitId": "x", "colour": 'r"ed\r\n<b>', "ü": "ö"}
        page = post_from_a_task(app, host, path, sent)
        assert page.status_code == 200
        assert _Fields(page.text).sent == [
            ("assignmentId", accepted.assignment_id),
            ("colour", 'r"ed\r\n<b>'),
            ("ü", "ö"),
        ]
        assert "set-cookie" not in page.headers
        assert "<b>" not in page.text
    assert queue_of(market, bob) == [accepted.assignment_id]


def test_the_address_and_the_body_are_read_together(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    accepted = bob.accept(market, alice)
    for host in hosts_of(accepted):
        path = f"/mturk/externalSubmit?assignmentId={accepted.assignment_id}&colour=red"
        for page in (at_host(app, host).get(path), post_from_a_task(app, host, path, {"colour": "blue"})):
            assert _Fields(page.text).sent[:2] == [("assignmentId", accepted.assignment_id), ("colour", "red")]
    assert queue_of(market, bob) == [accepted.assignment_id]


def test_the_session_does_not_make_externalsubmit_act(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    fields = {"assignmentId": accepted.assignment_id, "colour": "red"}
    assert bob.post("/mturk/externalSubmit", fields).status_code == 200
    assert bob.get(f"/mturk/externalSubmit?assignmentId={accepted.assignment_id}").status_code == 200
    assert queue_of(market, bob) == [accepted.assignment_id]


def test_a_preview_and_a_form_without_assignment_hand_nothing_over(app: ASGIApp) -> None:
    for fields, told in (
        ({"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"}, PREVIEW),
        ({"colour": "red"}, NO_ASSIGNMENT),
    ):
        page = post_from_a_task(app, URL, "/mturk/externalSubmit", fields)
        assert told in page.text
        assert "<script" not in page.text


def test_only_the_site_may_frame_the_page_and_only_its_script_runs(app: ASGIApp) -> None:
    for host in (URL, "http://3abc.localhost:8900"):
        policy = at_host(app, host).get("/mturk/externalSubmit?assignmentId=3X").headers["content-security-policy"]
        parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert parts["default-src"] == "'none'"
        assert parts["script-src"] == f"'self' {host}"
        assert parts["form-action"] == f"'self' {host} {URL}"
        ancestors = set(parts["frame-ancestors"].split())
        assert ancestors - {"'self'"} == {URL, "http://localhost:8900", "http://127.0.0.1:8900"}
        assert ("'self'" in ancestors) == (host == URL)


def test_at_top_level_one_goes_on_to_the_site_and_there_to_finish(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    one_at_a_time(market, bob)
    accepted = bob.accept(market, alice)
    fields = {"assignmentId": accepted.assignment_id, "authenticity_token": "theirs", "colour": "red\r\n"}
    site, task = hosts_of(accepted)
    first = post_from_a_task(app, task, "/mturk/externalSubmit", fields)
    assert f'action="{site}/mturk/externalSubmit"' in first.text
    second = post_from_a_task(app, site, "/mturk/externalSubmit", dict(_Fields(first.text).sent))
    assert 'action="/mturk/finish"' in second.text
    finish = bob.client.post("/mturk/finish", data=dict(_Fields(second.text).sent))
    assert "Finish this HIT" in finish.text
    assert "Name the mug" in finish.text
    assert finish.headers["content-security-policy"].count("frame-ancestors 'none'") == 1
    sent = _Fields(finish.text).sent[1:] if "sign-out" not in finish.text else _Fields(finish.text).sent[2:]
    assert queue_of(market, bob) == [accepted.assignment_id]
    action = unescape(re.search(r'<form method="post" action="(/projects[^"]+)"', finish.text)[1])  # type: ignore[index]
    assert bob.post(action, sent).headers["location"].startswith("/tasks?group=")
    assert answers_of(market, alice, accepted.hit_id) == [[("authenticity_token", "theirs"), ("colour", "red\r\n")]]


def test_finishing_without_a_session_keeps_the_answer(market: Market, alice: str, bob: Person, nobody: Person) -> None:
    accepted = bob.accept(market, alice)
    fields = {"assignmentId": accepted.assignment_id, "colour": "red"}
    page = nobody.post("/mturk/finish", fields, token="")
    assert page.status_code == 401
    assert "Your answer is kept on this page." in page.text
    assert ("colour", "red") in _Fields(page.text).sent


def test_a_program_with_a_token_submits_directly(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    one_at_a_time(market, bob)
    accepted = bob.accept(market, alice)
    program = Program(app, bob.token(market))
    answer = program.post("/mturk/externalSubmit", {"assignmentId": accepted.assignment_id, "colour": "red"})
    assert answer.json() == {"assignment_id": accepted.assignment_id, "state": "Submitted"}
    assert answers_of(market, alice, accepted.hit_id) == [[("colour", "red")]]
    again = program.post("/mturk/externalSubmit", {"assignmentId": accepted.assignment_id})
    assert again.status_code == 422
    assert "problem submitting your results" in again.json()["message"]


def test_a_token_of_somebody_else_does_not_submit(
    market: Market, alice: str, bob: Person, charlie: Person, app: ASGIApp
) -> None:
    accepted = bob.accept(market, alice)
    for token, status in ((charlie.token(market), 404), ("kwt_made_up", 401)):
        answer = Program(app, token).post("/mturk/externalSubmit", {"assignmentId": accepted.assignment_id})
        assert answer.status_code == status
    assert queue_of(market, bob) == [accepted.assignment_id]


def test_an_answer_beyond_all_bounds_is_refused(app: ASGIApp) -> None:
    big = at_host(app, URL).post("/mturk/externalSubmit", content=b"a" * (12 * 1024 * 1024 + 1))
    assert big.status_code == 413
    assert "Nothing was changed." in big.text
    many = "&".join(f"a{number}=" for number in range(10_001))
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert at_host(app, URL).post("/mturk/externalSubmit", content=many, headers=kind).status_code == 400
    odd = {"content-type": "application/xml"}
    assert at_host(app, URL).post("/mturk/externalSubmit", content="<a/>", headers=odd).status_code == 400
    torn = {"content-type": "multipart/form-data"}
    assert at_host(app, URL).post("/mturk/externalSubmit", content="--x", headers=torn).status_code == 400
