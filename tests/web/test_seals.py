"""Another port of the site's host name: it is sent the session's cookie on plain http, and can do nothing with it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from starlette.types import ASGIApp

from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import permissions
from kempelen.web.app import web
from kempelen.web.site.settings import WebSettings
from tests.market.work import new_hit
from tests.web.people import PASSWORD, URL, Person
from tests.web.places import Place, accept, external, signing_in
from tests.web.test_work_pages import accept_url

SECRET = "5ea1" * 16


def sealed(market: Market, app: ASGIApp, worker: Person) -> Person:
    """The Worker at another browser, whose scripts have sent a secret with the form to sign in."""
    person = Person(app)
    person.worker_id = worker.worker_id
    person.get("/sign-in")
    person.post("/sign-in", {"email": worker.email, "password": PASSWORD, "seal": SECRET})
    person.get("/account")
    return person


def test_a_form_of_a_sealed_session_acts_only_with_its_secret(market: Market, bob: Person, app: ASGIApp) -> None:
    person = sealed(market, app, bob)
    for token in (person.csrf, f"{person.csrf}.", f"{person.csrf}.{SECRET[:-1]}", f"{person.csrf}.{'0' * 64}"):
        answer = person.post("/account/tokens", {"name": "thief"}, token=token)
        assert (answer.status_code, "has lost a part of your session" in answer.text) == (403, True)
    assert person.post("/account/tokens", {"name": "x"}, token=f".{SECRET}").status_code == 403
    assert market.perform(bob.worker_id, accounts.list_worker_tokens) == []
    whole = f"{person.csrf}.{SECRET}"
    assert person.post("/account/tokens", {"name": "mine"}, token=whole).status_code == 200
    by_header = person.post("/account/tokens", {"name": "mine"}, token="", x_csrf_token=whole)
    assert by_header.status_code == 200


def test_the_secret_stands_in_no_page_and_no_cookie(market: Market, bob: Person, app: ASGIApp) -> None:
    person = sealed(market, app, bob)
    for path in ("/account", "/projects", "/tasks", "/sign-in?again"):
        page = person.get(path)
        assert SECRET not in page.text + str(page.headers)
        assert "data-sealed" in page.text
    assert "data-sealed" not in bob.get("/account").text, "a session begun without scripts has none"
    with market.database.reading() as db:
        assert SECRET not in str(db.all("SELECT * FROM session"))


def test_a_link_accepts_nothing_for_who_has_only_the_cookie(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    hit = new_hit(market, alice, max_assignments=2)
    person = sealed(market, app, bob)
    page = person.get(accept_url(hit))
    assert (page.status_code, "Accept this HIT?" in page.text) == (200, True)
    assert person.get(accept_url(hit), x_csrf_token=f"{person.csrf}.{SECRET}").status_code == 303


def test_who_has_lost_the_secret_signs_in_again(market: Market, bob: Person, app: ASGIApp) -> None:
    person = sealed(market, app, bob)
    before = market.perform(bob.worker_id, accounts.list_sessions, at=accounts.instant(0))
    refused = person.post("/signout")
    assert 'href="/sign-in?again"' in refused.text
    person.get("/sign-in?again")
    again = {"email": bob.email, "password": PASSWORD, "seal": SECRET[::-1], "again": "true"}
    assert person.post("/sign-in", again).status_code == 303
    after = market.perform(bob.worker_id, accounts.list_sessions, at=accounts.instant(0))
    assert len(after) == len(before), "the session that was replaced is over"
    person.get("/account")
    assert person.post("/signout", token=f"{person.csrf}.{SECRET[::-1]}").headers["location"] == "/sign-in"


def test_on_https_cookies_need_no_secret(market: Market, bob: Person) -> None:
    url = "https://turk.example.org"
    person = Person(web(market, WebSettings(url=url, tasks_url="https://*.turk-tasks.example")), url)
    assert 'name="seal"' not in person.get("/sign-in").text
    person.post("/sign-in", {"email": bob.email, "password": PASSWORD, "seal": SECRET}, origin=url)
    assert "data-sealed" not in person.get("/account").text
    assert person.post("/signout", origin=url).headers["location"] == "/sign-in"


def test_sites_on_two_ports_of_a_name_keep_their_sessions_apart(market: Market, bob: Person) -> None:
    app = web(market, WebSettings(url="http://kempelen.localhost:8901"))
    neighbour = Person(app, "http://kempelen.localhost:8901")
    neighbour.client.cookies.update(bob.client.cookies)
    assert neighbour.get("/tasks").status_code == 303
    neighbour.get("/sign-in")
    given = {"email": bob.email, "password": PASSWORD}
    signed = neighbour.post("/sign-in", given, origin="http://kempelen.localhost:8901")
    names = [cookie.partition("=")[0] for cookie in signed.headers.get_list("set-cookie")]
    assert names == ["kempelen_session_8901", "kempelen_browser_8901"]


@pytest.mark.parametrize(
    ("address", "sources"),
    [
        ("http://127.0.0.1:9/study?a=b", f"https: http://127.0.0.1:* {URL}"),
        ("https://Study.example/", f"https: http://Study.example:* {URL}"),
        ("http://[::1]:9/", "http: https:"),
    ],
)
def test_on_plain_http_the_frame_of_a_requesters_page_stays_at_its_host(
    market: Market, alice: str, bob: Person, address: str, sources: str
) -> None:
    market.rules = msgspec.structs.replace(market.rules, allow_http_external_questions=True)
    hit = new_hit(market, alice, question=external(address))
    policy = bob.get(f"/projects/{hit.hit_group_id}/tasks").headers["content-security-policy"]
    assert f"frame-src {sources};" in policy


# ---------------------------------------------------------------------------------------------- in Chromium


class Neighbour:
    """A program on another port of this machine: what it is asked, and where it sends whoever asks."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []  # Host and Cookie
        self.leads_to = ""
        self.port = 0


@contextmanager
def neighbouring() -> Iterator[Neighbour]:
    neighbour = Neighbour()

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            neighbour.asked.append((self.headers["Host"], self.headers.get("Cookie", "")))
            leads = bool(neighbour.leads_to) and "assignmentId" in self.path
            self.send_response(302 if leads else 200)
            if leads:
                self.send_header("Location", neighbour.leads_to)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    neighbour.port = server.server_port
    yield neighbour
    server.shutdown()
    server.server_close()


def caught_by(neighbour: Neighbour, page: Page) -> str:
    """The cookies that a window under the site's own name has brought to the neighbour."""
    host = f"kempelen.localhost:{neighbour.port}"
    with page.context.expect_page() as opened:
        page.evaluate("address => { open(address); }", f"http://{host}/")
    opened.value.wait_for_load_state()
    opened.value.close()
    (cookies,) = {cookie for asked, cookie in neighbour.asked if asked == host and cookie}
    return cookies


@pytest.mark.slow
def test_what_another_port_catches_does_nothing_in_the_workers_name(context: BrowserContext, place: Place) -> None:
    page = signing_in(context, place)
    group = place.hit(max_assignments=9)
    accept(page, place, group)
    (mine,) = place.queue()
    with neighbouring() as neighbour:
        cookies = caught_by(neighbour, page)
    assert "kempelen_session" in cookies, "browsers send it: that is what this is about"

    headers = {"cookie": cookies, "origin": place.url, "sec-fetch-site": "same-origin", "accept": "text/html"}
    port = urlsplit(place.url).port
    thief = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers | {"host": urlsplit(place.url).netloc})
    shown = thief.get("/account").text
    token = re.search(r'<meta name="csrf-token" content="([^"]+)"', shown)
    assert token, "it may read"
    tried = {
        f"/projects/{group}/tasks/accept_random": {},
        f"/projects/{group}/tasks/{mine.hit_id}": {"_method": "delete", "assignment_id": mine.assignment_id},
        f"/projects/{group}/tasks/{mine.hit_id}/submit": {"assignment_id": mine.assignment_id, "colour": "forged"},
        "/account": {"name": "Thief"},
        "/account/tokens": {"name": "thief"},
        "/account/tokens/revoke": {},
        "/account/email": {"email": "thief@evil.example", "password": PASSWORD},
        "/account/sessions/end": {},
        "/account/auto_accept": {"auto_accept": "on"},
        f"/requesters/{place.alice}/permissions": {"allowed": "camera"},
        "/messages/choices": {},
        "/searches": {"name": "x"},
        "/signout": {},
    }
    for path, fields in tried.items():
        for sent in (token[1], token[1] + ".", token[1] + "." + "0" * 64):
            answer = thief.post(path, data={"authenticity_token": sent, **fields})
            assert answer.status_code == 403, path
    assert "Accept this HIT?" in thief.get(f"/projects/{group}/tasks/accept_random").text
    thief.close()
    assert [one.assignment_id for one in place.queue()] == [mine.assignment_id]
    assert place.answers() == []
    assert place.market.perform(place.bob, accounts.list_worker_tokens) == []
    assert place.market.perform(place.bob, permissions.list_allowed, requester_id=place.alice) == []

    page.frame_locator("#task").get_by_label("Colour").fill("red")
    page.frame_locator("#task").get_by_role("button", name="Submit").click()
    page.wait_for_url("**/projects")
    assert len(place.answers()) == 1
    page.goto(f"{place.url}/account")
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


@pytest.mark.slow
def test_a_requesters_page_cannot_lead_its_frame_to_another_port_of_the_sites_name(
    context: BrowserContext, place: Place
) -> None:
    page = signing_in(context, place)
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (event) => { window.blocked = event.effectiveDirective; })"
    )
    with neighbouring() as neighbour:
        neighbour.leads_to = f"http://kempelen.localhost:{neighbour.port}/caught"
        there = external(f"http://localhost:{neighbour.port}/study")
        hit = new_hit(place.market, place.alice, question=there)
        page.goto(f"{place.url}/projects/{hit.hit_group_id}/tasks")
        page.wait_for_function("window.blocked === 'frame-src'")
        assert {asked for asked, _ in neighbour.asked} == {f"localhost:{neighbour.port}"}


@pytest.mark.slow
def test_without_script_one_signs_in_and_works_as_before(context: BrowserContext, place: Place) -> None:
    quiet = context.browser.new_context(java_script_enabled=False) if context.browser else context
    page = signing_in(quiet, place)
    page.goto(f"{place.url}/projects/{place.hit()}/tasks")
    page.get_by_role("button", name="Accept this HIT").click()
    page.wait_for_url("**assignment_id=**")
    quiet.close()
    assert len(place.queue()) == 1
