"""Tickets: five minutes, one HIT, one Worker, one assignment, and nothing altered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kempelen.store.vault import Vault
from kempelen.web import tickets
from kempelen.web.tickets import Ticket, TicketRefused

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
