"""Tickets: how a task host knows that the site has let this Worker see this HIT.

Task hosts get no cookies. The site writes a ticket into the frame's address, after its guards have let the Worker in;
it is good for five minutes of real time, for one HIT, one Worker, and either the preview or one assignment. Within
those it may be used again, since people reload.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from kempelen.core.errors import WorkerRefusal
from kempelen.store.vault import Vault

LIFE = timedelta(minutes=5)
_PURPOSE = "frame ticket"

Mode = Literal["preview", "work"]


class TicketRefused(WorkerRefusal):
    text = "This page of a task is no longer good by itself. Open the HIT again, or reload the page around it."
    http_status = 403


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who may see which HIT, and how; `assignment_id` is empty in a preview."""

    mode: Mode
    worker_id: str
    group_id: str
    hit_id: str
    assignment_id: str = ""


def issue(vault: Vault, ticket: Ticket, now: datetime) -> str:
    """The ticket as text for an address, good from now for five minutes."""
    ends = int((now + LIFE).timestamp())
    parts = (ticket.mode, ticket.worker_id, ticket.group_id, ticket.hit_id, ticket.assignment_id, str(ends))
    message = ".".join(parts)
    return f"{message}.{_signature(vault, message)}"


def read(vault: Vault, text: str, now: datetime) -> Ticket:
    """What a ticket says; TicketRefused when it was altered, is not of ours, or is over."""
    message, _, signature = text.rpartition(".")
    if not vault.is_signed(_PURPOSE, message.encode(), _bytes(signature)):
        raise TicketRefused()
    mode, worker_id, group_id, hit_id, assignment_id, ends = message.split(".")
    if now.timestamp() >= int(ends):
        raise TicketRefused()
    return Ticket(cast(Mode, mode), worker_id, group_id, hit_id, assignment_id)


def _signature(vault: Vault, message: str) -> str:
    return base64.urlsafe_b64encode(vault.sign(_PURPOSE, message.encode())).decode().rstrip("=")


def _bytes(signature: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (binascii.Error, ValueError):
        return b""
