"""Tickets: how a task host knows that the site has let this Worker see this HIT.

Task hosts get no cookies. The site writes a ticket into the frame's address, after its guards have let the Worker in;
it is good for five minutes of real time, for one HIT, one Worker, and either the preview or one assignment; or for one
Worker's taking of a qualification test. It ends before that with the session or API token it was issued to, and with
the assignment. Within those it may be used again, since people reload. The page it opens can
read its own address, so a ticket is readable to us alone: who previews stays unknown. A page that takes files
gets a pass besides: leave to upload for its assignment, without an end of its own, because the market is asked each
time whether the assignment is open, and the session too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from kempelen.core.wire.refusals import WorkerRefusal
from kempelen.store.vault import Vault

LIFE = timedelta(minutes=5)
_PURPOSE, _PASS_PURPOSE = "frame ticket", "upload pass"
_PARTS = 6

Mode = Literal["preview", "work", "test"]


class TicketRefused(WorkerRefusal):
    text = "This page of a task is no longer good by itself. Open the HIT again, or reload the page around it."
    http_status = 403


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who may see which HIT, and how; `assignment_id` is empty in a preview.

    For a test the request for the qualification stands in place of the HIT and of the assignment, its type for the
    group.
    """

    mode: Mode
    worker_id: str
    group_id: str
    hit_id: str
    assignment_id: str = ""
    credential: str = ""  # the session or API token that it ends with


def issue(vault: Vault, ticket: Ticket, now: datetime) -> str:
    """The ticket as text for an address, good from now for five minutes."""
    ends = int((now + LIFE).timestamp())
    return vault.encrypt(_PURPOSE, ".".join((*_parts(ticket), str(ends))))


def read(vault: Vault, text: str, now: datetime) -> Ticket:
    """What a ticket says; TicketRefused when it was altered, is not of ours, or is over."""
    *parts, ends = _read(vault, _PURPOSE, text)
    if now.timestamp() >= int(ends):
        raise TicketRefused()
    return _ticket(parts)


def issue_pass(vault: Vault, ticket: Ticket) -> str:
    """Leave to upload files for the assignment of a ticket, as text for an address."""
    return vault.encrypt(_PASS_PURPOSE, ".".join(_parts(ticket)))


def read_pass(vault: Vault, text: str) -> Ticket:
    """Whose pass this is, and for what; TicketRefused when it was altered or is not of ours."""
    return _ticket(_read(vault, _PASS_PURPOSE, text))


def _parts(ticket: Ticket) -> tuple[str, ...]:
    return (ticket.mode, ticket.worker_id, ticket.group_id, ticket.hit_id, ticket.assignment_id, ticket.credential)


def _ticket(parts: list[str]) -> Ticket:
    if len(parts) != _PARTS:
        raise TicketRefused()
    mode, *ids = parts
    return Ticket(cast(Mode, mode), *ids)


def _read(vault: Vault, purpose: str, text: str) -> list[str]:
    parts = vault.decrypt(purpose, text)
    if parts is None:
        raise TicketRefused()
    return parts.split(".")
