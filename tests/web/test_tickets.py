"""Tickets: five minutes, one HIT, one Worker, one assignment, and nothing altered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from starlette.types import ASGIApp

from kempelen.market.foundation.call import OPERATOR
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import work
from kempelen.store.vault import Vault
from kempelen.web.tasks import tickets
from kempelen.web.tasks.tickets import Ticket, TicketRefused
from tests.market.work import ANSWER, HOURS, new_hit, submit_answer
from tests.web.people import PASSWORD, Person, Program, at_host, frame_src, work_url
from tests.web.test_uploads import Sheet

VAULT = Vault(bytes(range(32)))
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
TICKET = Ticket("work", "A1BOB", "3GROUP", "3HIT", "3ASSIGNMENT")


def test_a_ticket_says_what_was_written() -> None:
    for ticket in (TICKET, Ticket("preview", "A1BOB", "3GROUP", "3HIT")):
        assert tickets.read(VAULT, tickets.issue(VAULT, ticket, NOW), NOW) == ticket


def test_a_ticket_is_good_for_five_minutes() -> None:
    text = tickets.issue(VAULT, TICKET, NOW)
    assert tickets.read(VAULT, text, NOW + timedelta(minutes=4, seconds=59))
    with pytest.raises(TicketRefused):
        tickets.read(VAULT, text, NOW + timedelta(minutes=5))


def test_every_altered_character_spoils_a_ticket() -> None:
    text = tickets.issue(VAULT, TICKET, NOW)
    for place in range(len(text) - 1):  # the last one holds bits that no signature has
        altered = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(TicketRefused):
            tickets.read(VAULT, altered, NOW)


@pytest.mark.parametrize("text", ["", ".", "a.b", "work.A.B.C.D.9999999999.", "é.é", "work.A.B.C.D.9999999999.AAAA"])
def test_other_texts_are_no_tickets(text: str) -> None:
    with pytest.raises(TicketRefused):
        tickets.read(VAULT, text, NOW)


def test_a_ticket_is_no_pass_and_a_pass_no_ticket() -> None:
    with pytest.raises(TicketRefused):
        tickets.read_pass(VAULT, tickets.issue(VAULT, TICKET, NOW))
    with pytest.raises(TicketRefused):
        tickets.read(VAULT, tickets.issue_pass(VAULT, TICKET), NOW)


def test_a_ticket_of_another_key_is_no_ticket() -> None:
    with pytest.raises(TicketRefused):
        tickets.read(VAULT, tickets.issue(Vault(bytes(32)), TICKET, NOW), NOW)


def opened(app: ASGIApp, src: str) -> int:
    parts = urlsplit(src)
    return at_host(app, src).get(f"{parts.path}?{parts.query}").status_code


def test_a_ticket_ends_with_the_session_it_was_issued_to(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    accepted = bob.accept(market, alice)
    preview = new_hit(market, alice, title="Another")
    pages = (work_url(accepted), f"/projects/{preview.hit_group_id}/tasks")
    other = Person(app)
    other.get("/sign-in")
    other.post("/sign-in", {"email": bob.email, "password": PASSWORD})
    mine, others = ([frame_src(person.get(page)) for page in pages] for person in (bob, other))
    assert [opened(app, src) for src in mine + others] == [200] * 4
    bob.get("/signout")
    bob.post("/signout")
    assert [opened(app, src) for src in mine] == [403] * 2
    assert [opened(app, src) for src in others] == [200] * 2


def test_a_ticket_ends_with_a_change_of_the_password(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    accepted = bob.accept(market, alice)
    src = frame_src(bob.get(work_url(accepted)))
    market.perform(OPERATOR, accounts.set_password, worker_id=bob.worker_id, password_hash="-")
    assert opened(app, src) == 403


@pytest.mark.parametrize("ends", ["returned", "submitted", "over"])
def test_a_ticket_for_work_ends_with_the_assignment(
    market: Market, alice: str, bob: Person, app: ASGIApp, ends: str
) -> None:
    accepted = bob.accept(market, alice)
    src = frame_src(bob.get(work_url(accepted)))
    about = {"assignment_id": accepted.assignment_id}
    if ends == "returned":
        market.perform(bob.worker_id, work.return_assignment, **about)
    elif ends == "submitted":
        market.perform(bob.worker_id, submit_answer, answer=ANSWER, **about)
    else:
        market.clock.advance(seconds=2 * HOURS)
    assert opened(app, src) == 403


def test_a_programs_ticket_ends_with_its_token(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    accepted = bob.accept(market, alice)
    program = Program(app, bob.token(market))
    src = program.get(work_url(accepted)).json()["question"]["value"]
    assert opened(app, src) == 200
    market.perform(bob.worker_id, accounts.revoke_worker_tokens, worker_id=bob.worker_id)
    assert opened(app, src) == 403


def test_a_pass_to_upload_ends_with_the_session(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    sheet = Sheet(app, market, alice, bob)
    assert sheet.send_file(b"abc").status_code != 403
    bob.get("/signout")
    bob.post("/signout")
    assert sheet.send_file(b"abc").status_code == 403
