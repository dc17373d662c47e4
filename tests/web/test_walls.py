"""The walls of the site: forged forms, strangers, headers, and every page as valid HTML that a reader can use."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from starlette.types import ASGIApp

from kempelen.market.foundation.call import OPERATOR
from kempelen.market.market import Market
from kempelen.market.messaging import contacts, reports
from kempelen.market.qualifications import qualification_requests, standings
from kempelen.market.qualifications.standings import Standing
from kempelen.market.work import work
from kempelen.web.app import ROUTES
from tests.market.qualifying import give, new_type, required, take
from tests.market.test_qualification_tests import TEST
from tests.market.work import new_hit, submit_answer
from tests.web import inprocess
from tests.web.people import PASSWORD, URL, Person, at_host, submit_url, work_url
from tests.web.test_work_pages import queue_of


def taking(market: Market, requester: str, person: Person) -> Standing:
    """A qualification that the person holds, has asked for again, and whose test they are taking."""
    type_id = new_type(market, requester, test=TEST, test_duration_in_seconds=600)
    give(market, requester, type_id, person.worker_id)
    return market.perform(person.worker_id, qualification_requests.request, qualification_type_id=type_id)


def own_forms(accepted: work.Accepted, standing: Standing) -> dict[str, dict[str, str]]:
    """Every address of a signed-in Worker that a form changes something at, with a form that would."""
    qualification = f"/qualifications/{standing.qualification_type_id}"
    return {
        f"{qualification}/request": {},
        f"{qualification}/give_up": {},
        f"{qualification}/requests/{standing.request_id}/submit": {"answer-1": "1"},
        f"/projects/{accepted.hit_group_id}/tasks/accept_random": {},
        work_url(accepted): {"_method": "delete"},
        f"/projects/{accepted.hit_group_id}/tasks/{accepted.hit_id}/skip": {"assignment_id": accepted.assignment_id},
        f"/projects/{accepted.hit_group_id}/tasks/{accepted.hit_id}/undo_return": {
            "assignment_id": accepted.assignment_id
        },
        submit_url(accepted): {"assignment_id": accepted.assignment_id, "colour": "red"},
        "/account/auto_accept": {},
        "/account/lists": {"compact": "true"},
        "/account/alerts": {"sound": "on"},
        "/messages/choices": {},
        f"/projects/{accepted.hit_group_id}/tasks/{accepted.hit_id}/report": {"reason": "Broken"},
        "/contact_requester/hit_type_messages": {
            "hit_type_message[hit_type_id]": accepted.hit_group_id,
            "hit_type_message[subject]": "forged",
            "hit_type_message[message]": "forged",
        },
        "/contact_requester/assignment_messages": {
            "assignment_message[assignment_id]": accepted.assignment_id,
            "assignment_message[subject]": "forged",
            "assignment_message[message]": "forged",
        },
        "/account/tokens": {"name": "stolen"},
        "/account/tokens/revoke": {},
        "/signout": {},
        "/searches": {"name": "forged"},
        "/account": {"name": "forged"},
        "/account/password": {"current_password": PASSWORD, "new_password": "a forged password"},
        "/account/delete": {"password": PASSWORD},
        "/account/email": {"email": "forged@example.org", "password": PASSWORD},
        "/account/sessions/end": {},
        "/searches/delete": {},
        f"/requesters/{standing.requester_id}/permissions": {"allowed": "camera"},
    }


def test_every_form_is_in_the_list_above(market: Market, alice: str, bob: Person) -> None:
    accepted, standing = bob.accept(market, alice), taking(market, alice, bob)
    ids = {
        accepted.hit_group_id: "{group_id}",
        accepted.hit_id: "{hit_id}",
        standing.qualification_type_id: "{type_id}",
        standing.requester_id: "{requester_id}",
        standing.request_id: "{request_id}",
    }
    patterns = {path for path, pages in ROUTES.items() if "POST" in pages and pages["POST"].guarded}
    known = {
        "/".join(ids.get(part, part) for part in path.partition("?")[0].split("/"))
        for path in own_forms(accepted, standing)
    }
    assert patterns == known | {"/forgot-password", "/reset-password", "/confirm-email", "/undo-email"}, "and no others"


@pytest.mark.slow
@pytest.mark.parametrize("forgery", ["no token", "wrong token", "another's token", "another origin", "no session"])
def test_a_forged_form_changes_nothing(
    market: Market, alice: str, bob: Person, charlie: Person, nobody: Person, forgery: str
) -> None:
    new_hit(market, alice)
    accepted, standing = bob.accept(market, alice), taking(market, alice, bob)
    for path, fields in own_forms(accepted, standing).items():
        if forgery == "no session":
            answer = nobody.post(path, fields, token=bob.csrf)
            assert answer.headers["location"].startswith("/sign-in?next="), path
            continue
        if forgery == "another origin":
            answer = bob.post(path, fields, origin="http://3abc.localhost:8900")
        else:
            token = {"no token": "", "wrong token": "x" * 32, "another's token": charlie.csrf}[forgery]
            answer = bob.post(path, fields, token=token)
        assert answer.status_code == 403, path
        assert "Nothing was changed." in answer.text
    assert standing == market.perform(
        bob.worker_id, standings.get_standing, qualification_type_id=standing.qualification_type_id
    )
    assert queue_of(market, bob) == [accepted.assignment_id]
    assert market.perform(bob.worker_id, contacts.list_contacts).contacts == []
    assert market.perform(OPERATOR, reports.list_reports) == []
    assert bob.get("/account").status_code == 200
    assert "checked" in bob.get("/account").text


def test_a_stranger_sees_and_changes_nothing_of_anothers_work(
    market: Market, alice: str, bob: Person, charlie: Person
) -> None:
    accepted = bob.accept(market, alice, title="Bob's own")
    pages = [work_url(accepted), work_url(accepted) + "&format=json", work_url(accepted) + "&auto_accept=true"]
    for path in pages:
        answer = charlie.get(path)
        assert answer.status_code == 404
        assert "You have no such assignment." in answer.text
        assert "Bob&#39;s own" not in answer.text
    for path, fields in (
        (work_url(accepted), {"_method": "delete"}),
        (submit_url(accepted), {"assignment_id": accepted.assignment_id, "colour": "red"}),
    ):
        for accept in ("text/html", "application/json"):
            answer = charlie.post(path, fields, accept=accept)
            assert answer.status_code == 404, path
            assert "You have no such assignment." in answer.text
    finish = charlie.client.post("/mturk/finish", data={"assignmentId": accepted.assignment_id})
    assert finish.status_code == 404
    for path in ("/tasks", "/dashboard", "/status_details/2026-10-01", "/tasks?format=json"):
        assert accepted.assignment_id not in charlie.get(path).text
        assert "Bob&#39;s own" not in charlie.get(path).text
    assert queue_of(market, bob) == [accepted.assignment_id]


def test_work_is_shown_only_at_its_own_address(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    elsewhere = work_url(accepted).replace(f"/tasks/{accepted.hit_id}", "/tasks/3SOMEOTHERHIT")
    assert bob.get(elsewhere).status_code == 404


def test_every_page_is_walled_off(market: Market, alice: str, bob: Person) -> None:
    for path in pages_of(market, alice, bob).values():
        headers = bob.get(path).headers
        parts = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert parts["default-src"] == parts["frame-ancestors"] == parts["base-uri"] == "'none'"
        assert parts["script-src"] == parts["style-src"] == parts["form-action"] == "'self'"
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
        assert headers["cache-control"] == "no-store"


def test_a_form_larger_than_all_bounds_is_refused(bob: Person) -> None:
    answer = bob.post("/account/tokens", {"name": "x" * 70_000})
    assert answer.status_code == 413
    assert "Nothing was changed." in answer.text


def test_an_address_without_a_page_says_so(bob: Person, nobody: Person) -> None:
    for person in (bob, nobody):
        answer = person.get("/nothing/here")
        assert answer.status_code == 404
        assert "There is no page at this address." in answer.text
        assert person.client.get("/nothing?format=json").json() == {
            "message": "There is no page at this address.",
            "code": "NoSuchPage",
        }
    wrong = bob.client.put("/tasks")
    assert (wrong.status_code, set(wrong.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})


def test_a_fault_of_ours_is_told_without_its_details(
    app: ASGIApp, bob: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def list_queue(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(work, "list_queue", list_queue)
    client = inprocess.client(app, URL, lets_fail=True)
    client.cookies = bob.client.cookies
    for accept in ("text/html", "application/json"):
        answer = client.get("/tasks", headers={"accept": accept})
        assert answer.status_code == 500
        assert "temporarily unable" in answer.text
        assert "secret" not in answer.text
    assert "a secret of the house" in caplog.text


def test_styles_and_scripts_are_kept_by_browsers_and_known_by_their_content(app: ASGIApp, nobody: Person) -> None:
    address = nobody.get("/").text.split('href="/static/tokens.css')[1].split('"')[0]
    client = at_host(app, URL)
    marked = client.get(f"/static/tokens.css{address}")
    assert marked.headers["cache-control"] == "public, max-age=31536000, immutable"
    plain = client.get("/static/tokens.css")
    assert plain.headers["cache-control"] == "no-cache"
    again = client.get("/static/tokens.css", headers={"if-none-match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for path in ("/static/nothing.css", "/static/..%2fapp.py", "/static/stand-ins", "/stand-ins/../app.py"):
        assert client.get(path).status_code == 404


# ---------------------------------------------------------------------------------------------- every page


def pages_of(market: Market, alice: str, bob: Person) -> dict[str, str]:
    """Every page that a signed-in Worker can look at."""
    new_hit(market, alice, keywords="mug, colour")
    accepted = bob.accept(market, alice)
    submitted = bob.accept(market, alice)
    market.perform(bob.worker_id, submit_answer, assignment_id=submitted.assignment_id, answer="<QuestionFormAnswers/>")
    group = f"/projects/{accepted.hit_group_id}/tasks"
    standing = taking(market, alice, bob)
    qualification = f"/qualifications/{standing.qualification_type_id}"
    lost, free = (new_type(market, alice, name, retry_delay_in_seconds=60) for name in ("Lost", "Free"))
    give(market, alice, lost, bob.worker_id)
    take(market, alice, lost, bob.worker_id, "Asleep.")
    closed = new_hit(
        market,
        alice,
        title="Closed",
        qualification_requirements=[required(free, "Exists", actions_guarded="PreviewAndAccept")],
    )
    return {
        "qualifications": "/qualifications",
        "assigned": "/qualifications/assigned",
        "pending": "/qualifications/pending",
        "qualification": qualification,
        "lost qualification": f"/qualifications/{lost}",
        "request": f"/qualifications/{free}/request",
        "request again": f"{qualification}/request",
        "test": f"{qualification}/requests/{standing.request_id}",
        "no preview": f"/projects/{closed.hit_group_id}/tasks",
        "list": "/projects",
        "nothing found": "/projects?filters[search_term]=zebra",
        "requester": f"/requesters/{alice}/projects",
        "preview": group,
        "accept": f"{group}/accept_random?ask",
        "work": work_url(accepted),
        "ended": work_url(submitted),
        "queue": "/tasks",
        "dashboard": "/dashboard",
        "day": "/status_details/2026-10-01",
        "account": "/account",
        "sign out": "/signout",
        "help": "/help",
        "not found": "/nothing/here",
    }


class _Outline(HTMLParser):
    """What a reader who does not see the page has to go by."""

    VOID = frozenset({"meta", "link", "img", "input", "br", "hr"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.inputs: list[dict[str, str | None]] = []
        self.label_for: set[str | None] = set()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(page)
        self.close()
        self.faults += [f"<{tag}> stays open" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags[tag] += 1
        if "id" in given:
            self.ids[str(given["id"])] += 1
        if tag == "label":
            self.label_for.add(given.get("for"))
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
            self.inputs.append(given | {"in label": "yes" if "label" in self.open else None})
        if tag == "img" and "alt" not in given:
            self.faults.append("an image without alt")
        if tag == "iframe" and not given.get("title"):
            self.faults.append("a frame without a title")
        if "style" in given or any(name.startswith("on") for name in given):
            self.faults.append(f"<{tag}> has a style or script of its own")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")


def check_outline(name: str, page: str) -> None:
    outline = _Outline(page)
    faults = list(outline.faults)
    if outline.tags["h1"] != 1:
        faults.append(f"{outline.tags['h1']} h1")
    if 'class="skip" href="#main"' not in page or outline.ids["main"] != 1:
        faults.append("no way to skip to the content")
    faults += [f"the id {name} is there {count} times" for name, count in outline.ids.items() if count > 1]
    faults += [
        f"an input without label: {given}"
        for given in outline.inputs
        if not given["in label"] and given.get("id") not in outline.label_for
    ]
    assert not faults, (name, faults)


def test_every_page_is_well_formed_labelled_and_has_one_heading(market: Market, alice: str, bob: Person) -> None:
    for name, path in pages_of(market, alice, bob).items():
        check_outline(name, bob.get(path).text)


def test_so_is_every_page_for_somebody_who_is_not_signed_in(nobody: Person) -> None:
    for path in ("/", "/sign-in", "/register", "/nothing/here"):
        check_outline(path, nobody.get(path).text)
    check_outline("wrong password", nobody.post("/sign-in", {"email": "x@example.org", "password": "x"}).text)
    check_outline("faulty registration", nobody.post("/register", {"email": "x", "name": "x", "password": "x"}).text)
