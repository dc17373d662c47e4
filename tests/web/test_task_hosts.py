"""Task hosts: a Requester's page for whoever holds a ticket, apart from the site."""

from __future__ import annotations

import base64
import html
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.types import ASGIApp

from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_layouts
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import work
from kempelen.web.app import web
from kempelen.web.site.settings import WebSettings
from kempelen.web.tasks import tickets
from kempelen.web.tasks.tickets import Ticket
from tests.market.work import new_hit, submit_answer
from tests.web.people import URL, Person, at_host, frame_src, submit_url, work_url
from tests.web.test_work_pages import answers_of

SITE_PATHS = (
    "/",
    "/projects",
    "/tasks",
    "/dashboard",
    "/account",
    "/sign-in",
    "/signout",
    "/static/tokens.css",
    "/mturk/finish",
)


def question(page: str, frame_height: int = 0) -> str:
    return (
        '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/'
        f'HTMLQuestion.xsd"><HTMLContent>{html.escape(page)}</HTMLContent><FrameHeight>{frame_height}</FrameHeight>'
        "</HTMLQuestion>"
    )


def fetch(app: ASGIApp, url: str, **headers: str) -> httpx.Response:
    """An address as a frame would load it: without cookies."""
    parts = urlsplit(url)
    return at_host(app, url).get(f"{parts.path}?{parts.query}", headers=headers)


def task_of(market: Market, alice: str, bob: Person, page: str) -> tuple[work.Accepted, str]:
    """An accepted HIT with this page, and the address of its frame."""
    accepted = bob.accept(market, alice, question=question(page))
    return accepted, frame_src(bob.get(work_url(accepted)))


def without_ours(page: str) -> str:
    """A served page without the scripts of ours that every page of somebody who works begins with."""
    return re.sub(r'(?:<script src="[^"]+/stand-ins/(?:hand-in|drafts)\.js[^>]+></script>){2}', "", page, count=1)


def altered(src: str) -> str:
    """The address with one character of its ticket changed."""
    place = src.index("/task/") + 40
    return src[:place] + ("A" if src[place] != "A" else "B") + src[place + 1 :]


def test_a_preview_tells_the_page_nothing_of_who_looks(market: Market, alice: str, bob: Person) -> None:
    """The page can read its whole address."""
    hit = new_hit(market, alice, question=question("<form></form>"))
    src = frame_src(bob.get(f"/projects/{hit.hit_group_id}/tasks"))
    ticket = urlsplit(src).path.rpartition("/")[2]
    for written in (src, base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4)).decode("latin-1")):
        assert bob.worker_id not in written


def test_a_ticket_shows_the_page_as_it_was_given(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    page = "<!DOCTYPE html>\n<form>\u00fc\U0001f642 &amp; <script>let a = `${1}`</script></form>"
    _, src = task_of(market, alice, bob, page)
    answer = fetch(app, src)
    assert (answer.status_code, without_ours(answer.text)) == (200, page)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_addresses_that_may_be_gone_are_replaced(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    page = """<script src='https://s3.amazonaws.com/mturk-public/externalHIT_v1.js'></script>
        <link rel="stylesheet" href="//assets.crowd.aws/crowd-html-elements.css">
        <script src="//assets.crowd.aws/crowd-html-elements.js"></script>
        <form action="https://www.mturk.com/mturk/externalSubmit"></form>
        <form action='https://WORKERSANDBOX.mturk.com/mturk/externalSubmit'></form>
        <form action="/mturk/externalSubmit"></form>
        <a href="https://www.mturk.com/worker/help">https://www.mturk.com</a>"""
    accepted, src = task_of(market, alice, bob, page)
    shown = fetch(app, src).text
    origin = f"http://{accepted.hit_id.lower()}.localhost:8900"
    assert shown.count(f"{origin}/mturk/externalSubmit") == 2
    assert '<form action="/mturk/externalSubmit">' in shown
    assert '<a href="https://www.mturk.com/worker/help">https://www.mturk.com</a>' in shown
    for name in ("externalHIT_v1.js", "crowd-html-elements.js", "crowd-html-elements.css"):
        address = shown.split(f"{origin.removeprefix('http:')}/stand-ins/{name}")[1].split(">")[0].rstrip("'\"")
        script = fetch(app, f"{origin}/stand-ins/{name}{address}")
        assert script.status_code == 200
        assert script.headers["content-type"].startswith("text/css" if name.endswith("css") else "text/javascript")
        assert script.headers["access-control-allow-origin"] == "*"  # a frame may have no origin
        assert "immutable" in script.headers["cache-control"]


def test_what_the_api_returns_is_never_changed(market: Market, alice: str) -> None:
    page = question('<form action="https://www.mturk.com/mturk/externalSubmit"></form>')
    assert new_hit(market, alice, question=page).question == page


def test_a_task_page_is_walled_off(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    _, src = task_of(market, alice, bob, "<form></form>")
    headers = fetch(app, src).headers
    assert headers["content-security-policy"] == (
        "frame-ancestors http://kempelen.localhost:8900 http://localhost:8900 http://127.0.0.1:8900"
    )
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "set-cookie" not in headers


def test_a_ticket_is_good_only_on_its_own_host_and_unaltered(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    accepted, src = task_of(market, alice, bob, "<form>secret</form>")
    other, _ = task_of(market, alice, bob, "<form></form>")
    label, other_label = accepted.hit_id.lower(), other.hit_id.lower()
    tries = {
        src.replace(f"//{label}.", f"//{other_label}.", 1): 403,
        altered(src): 403,
        src.replace("/task/en/", "/task/en/t"): 403,
        re.sub(r"/task/en/[^?]+", "/task", src): 404,
        src.replace(f"//{label}.localhost", "//kempelen.localhost", 1): 404,
    }
    for url, status in tries.items():
        answer = fetch(app, url)
        assert answer.status_code == status, url
        assert "secret" not in answer.text


def test_a_preview_ticket_shows_the_page_while_the_hit_is_open_or_being_done(
    market: Market, alice: str, bob: Person, charlie: Person, app: ASGIApp
) -> None:
    hit = new_hit(market, alice, question=question("<form>look</form>"))
    src = frame_src(bob.get(f"/projects/{hit.hit_group_id}/tasks"))
    assert "<form>look</form>" in fetch(app, src).text
    accepted = market.perform(charlie.worker_id, work.accept, group_id=hit.hit_group_id)
    assert "<form>look</form>" in fetch(app, src).text
    market.perform(charlie.worker_id, submit_answer, assignment_id=accepted.assignment_id, answer="<a/>")
    assert fetch(app, src).status_code == 422


def test_a_task_host_serves_nothing_of_the_site(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    accepted = bob.accept(market, alice)
    session = {"cookie": f"kempelen_session_8900={bob.client.cookies['kempelen_session_8900']}"}
    task_host = at_host(app, f"http://{accepted.hit_id.lower()}.localhost:8900")
    for path in (*SITE_PATHS, work_url(accepted), submit_url(accepted), f"/projects/{accepted.hit_group_id}/tasks"):
        for method in ("GET", "POST"):
            answer = task_host.request(method, path, headers=session)
            assert answer.status_code in (404, 405), path
            assert "set-cookie" not in answer.headers
            assert "Bob" not in answer.text


@pytest.mark.parametrize(
    "host", ["turk.example", "kempelen.localhost", "kempelen.localhost:8901", "a.b.localhost:8900"]
)
def test_other_hosts_are_misdirected(app: ASGIApp, host: str) -> None:
    for path in ("/", "/task", "/sign-in", "/mturk/externalSubmit"):
        answer = at_host(app, URL).get(path, headers={"host": host})
        assert answer.status_code == 421
        assert URL in answer.text


def test_two_hosts_in_one_request_are_misdirected(app: ASGIApp) -> None:
    headers = [("host", "kempelen.localhost:8900"), ("host", "3abc.localhost:8900")]
    assert at_host(app, URL).get("/", headers=headers).status_code == 421


def test_where_there_are_no_task_hosts_the_page_has_no_origin(market: Market, alice: str, bob: Person) -> None:
    url = "http://192.168.1.5:8900"
    app = web(market, WebSettings(url=url))
    person = Person(app, url)
    person.client.cookies.set(
        "kempelen_session_8900", bob.client.cookies["kempelen_session_8900"], domain="192.168.1.5", path="/"
    )
    page = "<!-- a --><!doctype html><html><head></head><form>here</form>"
    accepted = bob.accept(market, alice, question=question(page))
    shown = person.get(work_url(accepted))
    frame = shown.text.split('<iframe id="task"')[1].split(">")[0]
    assert "allow-same-origin" not in frame
    assert 'data-answers-from="null"' in frame
    src = frame_src(shown)
    assert src.startswith(f"{url}/task/en/")
    assert parse_qs(urlsplit(src).query)["turkSubmitTo"] == [url]
    answer = fetch(app, src)
    sandbox, ancestors = answer.headers["content-security-policy"].split("; ")
    assert sandbox.startswith("sandbox allow-scripts ")
    assert "allow-same-origin" not in sandbox
    assert ancestors == f"frame-ancestors 'self' {url}"
    before, after = without_ours(answer.text).split("<script", 1)
    assert before == "<!-- a --><!doctype html>"
    assert after.startswith(f' src="{url}/stand-ins/storage.js?v=')
    assert after.endswith("></script><html><head></head><form>here</form>")


def test_visited_by_its_number_this_machine_shows_tasks_without_origin(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    accepted = bob.accept(market, alice)
    person = Person(app, "http://127.0.0.1:8900")
    person.client.cookies.set(
        "kempelen_session_8900", bob.client.cookies["kempelen_session_8900"], domain="127.0.0.1", path="/"
    )
    src = frame_src(person.get(work_url(accepted)))
    assert src.startswith("http://127.0.0.1:8900/task/en/")
    assert fetch(app, src).headers["content-security-policy"].startswith("sandbox ")


def test_a_task_from_a_layout_of_a_megabyte_is_shown_and_submitted(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    page = "<!DOCTYPE html><title>T</title><form><input name='word'><button>Send</button></form>" + "<p>x</p>" * 131_072
    added = {"requester_id": alice, "name": "Mugs", "html": page}
    layout = market.perform(OPERATOR, hit_layouts.add_hit_layout, **added)
    hit = new_hit(market, alice, question=None, hit_layout_id=layout.hit_layout_id)
    assert page in fetch(app, frame_src(bob.get(f"/projects/{hit.hit_group_id}/tasks"))).text
    accepted = market.perform(bob.worker_id, work.accept, group_id=hit.hit_group_id)
    assert page[15:] in fetch(app, frame_src(bob.get(work_url(accepted)))).text
    bob.post(submit_url(accepted), {"assignment_id": accepted.assignment_id, "word": "tea"})
    assert answers_of(market, alice, hit.hit_id) == [[("word", "tea")]]


def test_where_the_site_is_https_plain_addresses_in_a_task_are_asked_for_by_https(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    page = "<form><img src='http://pictures.example/mug.png'></form>"
    accepted, src = task_of(market, alice, bob, page)
    assert "upgrade-insecure-requests" not in fetch(app, src).headers["content-security-policy"]
    safe = web(market, WebSettings(url="https://turk.example.org", tasks_url="https://*.turk-tasks.example"))
    (session,) = market.perform(bob.worker_id, accounts.list_sessions, at=datetime.now(UTC))
    ids = (bob.worker_id, accepted.hit_group_id, accepted.hit_id, accepted.assignment_id)
    ticket = Ticket("work", *ids, credential=f"session-{session.session_id}")
    issued = tickets.issue(market.vault, ticket, datetime.now(UTC))
    answer = fetch(safe, f"https://{accepted.hit_id.lower()}.turk-tasks.example/task/en/{issued}")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("upgrade-insecure-requests; ")
