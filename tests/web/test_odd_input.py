"""Input of no sense: every answer is one that tells the sender so, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from starlette.requests import Request

from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from kempelen.web.app import web
from kempelen.web.site import forms
from kempelen.web.site.settings import WebSettings
from tests.awaited import awaited
from tests.market.work import new_hit
from tests.web.people import URL, Person, Program, at_host, submit_url, work_url

ODD = ["%00", "%ff", "%F0%9F%AB%96", "..%2f..", "'%22%3Cb%3E", "x" * 5_000, "-1", "%25", "%E2%80%AE", "9" * 40, "%0a"]


@pytest.fixture
def market(migrated_target: str) -> Iterator[Market]:
    """A market on each database."""
    database = open_database(migrated_target)
    database.migrate()
    market = Market(database, vault=Vault(bytes(range(32))), clock=ManualClock(), random=Random(0))
    yield market
    market.close()


@pytest.mark.slow
def test_odd_addresses_are_answered(market: Market, alice: str, bob: Person) -> None:
    new_hit(market, alice)
    places = [
        "/projects?filters[search_term]={}",
        "/projects?filters[min_reward]={}&page_number={}&page_size={}&sort={}",
        "/projects?page_number={}&format=json",
        "/requesters/{}/projects",
        "/projects/{}/tasks",
        "/projects/{}/tasks/accept_random",
        "/projects/{}/tasks/{}?assignment_id={}",
        "/status_details/{}",
        "/status_details/9999-12-31",
        "/status_details/0001-01-01",
        "/dashboard?status={}&page_number={}",
        "/mturk/preview?groupId={}",
        "/mturk/externalSubmit?assignmentId={}&{}={}",
        "/sign-in?next={}",
        "/register?invitation={}",
        "/task/en/{}",
        "/static/{}",
        "/{}",
    ]
    for place in places:
        for odd in ODD:
            answer = bob.get(place.replace("{}", odd))
            assert answer.status_code < 500, (place, odd)


@pytest.mark.slow
def test_odd_forms_are_answered(market: Market, alice: str, bob: Person, nobody: Person) -> None:
    accepted = bob.accept(market, alice)
    for odd in ("\0", "\ufffe\0", "\u202e", "🫖" * 100, "x" * 10_000, "'\"<b>"):
        nobody.get("/sign-in")
        posts = [
            nobody.post("/sign-in", {"email": odd, "password": odd, "next": odd}),
            nobody.post("/register", {"email": odd, "password": "ten letters", "name": odd, "invitation": odd}),
            nobody.post("/register", {"email": "x@example.org", "password": odd * 10, "name": odd}),
            bob.post("/account/tokens", {"name": odd}),
            bob.post(submit_url(accepted), {"assignment_id": odd, odd: odd}),
            bob.post(work_url(accepted), {"_method": odd}),
            bob.post("/mturk/finish", {"assignmentId": odd, odd: odd}),
            bob.post("/mturk/externalSubmit", {"assignmentId": odd, odd: odd}),
        ]
        assert all(post.status_code < 500 for post in posts), (odd, posts)
        assert all(post.status_code >= 400 for post in posts[:1] + posts[4:6]), (odd, posts)


def test_an_answer_of_odd_characters_is_kept(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    odd = [("assignment_id", accepted.assignment_id), ("a\0b", "\0\x01\ufffe🫖")]
    assert bob.post(submit_url(accepted), odd).status_code == 303


def test_odd_headers_are_answered(market: Market, bob: Person) -> None:
    client = at_host(bob.app, URL)
    for name in ("cookie", "authorization", "accept", "origin", "content-type", "sec-fetch-site"):
        for odd in (
            b"",
            b"\xff\xfe",
            b"kempelen_session_8900=\xff",
            b"kempelen_notice_8900=a.b",
            b"Bearer \xff",
            b"x" * 5_000,
        ):
            answer = client.post("/tasks", headers=[(name.encode(), odd)])
            assert answer.status_code < 500, (name, odd)
            assert client.get("/tasks", headers=[(name.encode(), odd)]).status_code < 500, (name, odd)
    assert Program(bob.app, "x" * 10_000).get("/tasks").status_code == 401


def test_a_form_whose_end_never_comes_is_refused() -> None:
    messages = [{"type": "http.request", "body": b"a=1", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, object]:
        return messages.pop(0)

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", forms.URLENCODED.encode())]}
    with pytest.raises(forms.FormTorn):
        awaited(forms.read(Request(scope, receive), max_bytes=100, max_fields=10))


def test_the_site_can_be_called_otherwise(market: Market) -> None:
    app = web(market, WebSettings(url=URL, name="Turk & <Co>"))
    assert "Turk &amp; &lt;Co&gt;" in Person(app).get("/").text
