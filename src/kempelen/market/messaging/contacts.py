"""Contacts: what Workers write to Requesters, about a group of HITs or an assignment of their own.

A contact is sent by mail, which names the Worker by their id; their address is in it only if they choose so. The text
stays visible to its Worker on the worker site. Source: docs/mturk/worker.md 4 and 7.
"""

from datetime import datetime

import msgspec

from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import InvalidField, TooManyContacts, WorkDoesNotExist
from kempelen.market.foundation import events, pages
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import erases
from kempelen.market.hits import listings
from kempelen.store.database import Row, instant

MAX_SUBJECT = 200
MAX_TEXT = 4_096
MOST_A_DAY = 20  # of one Worker, to all Requesters together
_DAY = 86_400

ON_ACCOUNT_DELETION = (erases("contact", "DELETE FROM contact WHERE worker_id = :caller"),)


class Addressee(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a Worker writes to, and about what; an assignment with its HIT, or a HIT type alone."""

    requester_id: str
    requester_name: str
    title: str
    hit_type_id: str
    hit_id: str | None = None
    assignment_id: str | None = None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """What a Worker wrote, as they read it again."""

    contact_id: str
    requester_id: str
    requester_name: str
    title: str
    hit_type_id: str
    assignment_id: str | None
    subject: str
    text: str
    shows_address: bool
    sent_at: datetime


class ContactPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was written; the token continues it, None when there is no more."""

    contacts: list[Contact]
    next_token: str | None


@transaction(reads=True)
def get_addressee_of_group(call: Call, *, group_id: str) -> Addressee:
    """The Requester of a group that the caller may see, by its own id or that of its HIT type."""
    group = listings.get_group(call, group_id=group_id)
    return Addressee(
        requester_id=group.requester_id,
        requester_name=group.requester_name,
        title=group.title,
        hit_type_id=group.hit_type_id,
    )


@transaction(reads=True)
def get_addressee_of_assignment(call: Call, *, assignment_id: str) -> Addressee:
    """The Requester of an assignment of the caller's, whatever became of it; WorkDoesNotExist when it is none."""
    row = call.db.one(
        """
        SELECT a.requester_id, r.name, t.title, t.hit_type_id, a.hit_id, a.assignment_id
          FROM assignment a
          JOIN hit h ON h.hit_id = a.hit_id
          JOIN hit_type t ON t.hit_type_id = h.hit_type_id
          JOIN requester r ON r.requester_id = a.requester_id
         WHERE a.assignment_id = :assignment_id AND a.worker_id = :caller
        """,
        assignment_id=assignment_id,
        caller=call.caller,
    )
    if row is None:
        raise WorkDoesNotExist()
    return Addressee(
        requester_id=row["requester_id"],
        requester_name=row["name"],
        title=row["title"],
        hit_type_id=row["hit_type_id"],
        hit_id=row["hit_id"],
        assignment_id=row["assignment_id"],
    )


@transaction(lane=("assignment_id", "group_id"))
def contact_requester(
    call: Call,
    *,
    group_id: str | None = None,
    assignment_id: str | None = None,
    subject: str,
    text: str,
    shows_address: bool,
) -> str:
    """Write to the Requester of an assignment, else of a group; the id of what was written.

    InvalidField for a subject or text that cannot be taken; TooManyContacts after twenty within a day.
    """
    if assignment_id is not None:
        to = get_addressee_of_assignment(call, assignment_id=assignment_id)
    else:
        to = get_addressee_of_group(call, group_id=group_id or "")
    subject, text = " ".join(subject.split()), text.strip()
    _check("subject", subject, MAX_SUBJECT)
    _check("message", text, MAX_TEXT)
    contact_id = call.new_id()
    sent = call.db.run(
        """
        INSERT INTO contact (contact_id, worker_id, requester_id, hit_type_id, hit_id, assignment_id, subject,
                             contact_text, shows_address, sent_at)
        SELECT :contact_id, :caller, :requester_id, :hit_type_id, CAST(:hit_id AS TEXT), CAST(:assignment_id AS TEXT),
               :subject, :text, CAST(:shows_address AS BIGINT), CAST(:now AS BIGINT)
         WHERE (SELECT COUNT(*) FROM contact WHERE worker_id = :caller AND sent_at > :since) < :most
        """,
        contact_id=contact_id,
        caller=call.caller,
        requester_id=to.requester_id,
        hit_type_id=to.hit_type_id,
        hit_id=to.hit_id,
        assignment_id=to.assignment_id,
        subject=subject,
        text=text,
        shows_address=shows_address,
        now=call.now,
        since=call.ago(seconds=_DAY),
        most=MOST_A_DAY,
    )
    if not sent:
        raise TooManyContacts(most=MOST_A_DAY)
    events.append(
        call,
        "RequesterContacted",
        requester_id=to.requester_id,
        worker_id=call.caller,
        hit_id=to.hit_id,
        assignment_id=to.assignment_id,
        subject_id=contact_id,
    )
    return contact_id


@transaction(reads=True)
def list_contacts(call: Call, *, next_token: str | None = None, page_size: int = 20) -> ContactPage:
    """What the calling Worker wrote, the latest first."""
    sent_at, before_id = pages.position_after(call, next_token, "contacts") or (2**62, "")
    rows = call.db.all(
        """
        SELECT c.*, r.name, t.title FROM contact c
          JOIN requester r ON r.requester_id = c.requester_id
          JOIN hit_type t ON t.hit_type_id = c.hit_type_id
         WHERE c.worker_id = :caller AND (c.sent_at, c.contact_id) < (:sent_at, :before_id)
         ORDER BY c.sent_at DESC, c.contact_id DESC LIMIT :one_more
        """,
        caller=call.caller,
        sent_at=sent_at,
        before_id=before_id,
        one_more=page_size + 1,
    )
    shown = rows[:page_size]
    last = (shown[-1]["sent_at"], shown[-1]["contact_id"]) if len(rows) > page_size else None
    return ContactPage(contacts=[_contact(row) for row in shown], next_token=pages.token_after(call, last, "contacts"))


def _contact(row: Row) -> Contact:
    return Contact(
        contact_id=row["contact_id"],
        requester_id=row["requester_id"],
        requester_name=row["name"],
        title=row["title"],
        hit_type_id=row["hit_type_id"],
        assignment_id=row["assignment_id"],
        subject=row["subject"],
        text=row["contact_text"],
        shows_address=bool(row["shows_address"]),
        sent_at=instant(row["sent_at"]),
    )


def _check(field: str, text: str, longest: int) -> None:
    if not 1 <= len(text) <= longest:
        raise InvalidField(field=field, reason="Write 1 to {longest} characters here.", longest=longest)
