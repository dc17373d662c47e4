"""The outbox: what an event adds to be sent, to a Requester's program or by mail, in its own transaction.

`deliveries` has its life from there on. Source: docs/mturk/notifications.md 5.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from kempelen.core.wire.event_documents import EVENT_TYPES, Event, event
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import erases

MAIL = "MAIL"  # the destination of all mails
# Mails that Workers are owed, by the event that brings them; mails about blocks go to everybody.
_MAILS = {
    "WorkerNotified": "WorkerMessage",
    "QualificationNoticeDue": "QualificationGranted",
    "WorkerBlocked": "WorkerBlocked",
    "BonusPaid": "BonusPaid",
    "AssignmentRejected": "WorkRejected",
    "PasswordResetRequested": "PasswordReset",
    "EmailChangeRequested": "EmailConfirmation",
    "EmailChangeNoticeDue": "EmailNotice",
}
_ALWAYS_MAILED = frozenset({"WorkerBlocked", "PasswordReset", "EmailConfirmation", "EmailNotice"})
WORKER_MESSAGE = "WorkerMessage"
REQUESTER_CONTACTED = "RequesterContacted"  # a mail to a Requester, from a Worker


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where deliveries go; a Requester's webhook with the secrets that sign for it, the present one first."""

    destination_id: str
    channel: str
    address: str
    requester_id: str | None
    failures: int = 0
    secrets: Sequence[str] = ()


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message to send. `address` is where a Requester's own mails go; a Worker's is read when it is sent."""

    delivery_id: str
    kind: str
    happened_at: datetime
    requester_id: str | None = None
    hit_type_id: str | None = None
    hit_group_id: str | None = None
    hit_id: str | None = None
    assignment_id: str | None = None
    worker_id: str | None = None  # of the assignment
    address: str | None = None
    attempts: int = 0

    @property
    def event(self) -> Event:
        """The event that a Requester's program receives."""
        assert self.hit_type_id is not None
        assert self.hit_group_id is not None
        assert self.hit_id is not None
        return event(
            self.kind,
            at=self.happened_at,
            hit_type_id=self.hit_type_id,
            hit_group_id=self.hit_group_id,
            hit_id=self.hit_id,
            assignment_id=self.assignment_id,
            worker_id=self.worker_id,
        )


def enqueue(
    call: Call,
    kind: str,
    *,
    event_id: str,
    requester_id: str | None,
    worker_id: str | None,
    hit_id: str | None,
    assignment_id: str | None,
    qualification_type_id: str | None,
    subject_id: str | None,
) -> None:
    """Whatever an event of this kind owes to others, in its own transaction."""
    if kind in EVENT_TYPES:
        _enqueue_for_program(call, kind, event_id, hit_id, assignment_id)
    if kind in _MAILS and worker_id is not None:
        _enqueue_worker_mail(
            call,
            _MAILS[kind],
            event_id[:-4] + "MAIL",  # the event's own id may be that of a delivery to a program
            worker_id=worker_id,
            requester_id=requester_id,
            hit_id=hit_id,
            assignment_id=assignment_id,
            qualification_type_id=qualification_type_id,
            subject_id=subject_id,
        )
    if kind == REQUESTER_CONTACTED:
        _enqueue_requester_mail(call, event_id, requester_id, hit_id, assignment_id, subject_id)


def _enqueue_for_program(call: Call, kind: str, event_id: str, hit_id: str | None, assignment_id: str | None) -> None:
    """A delivery, of the event's own id, if the HIT's type wants to hear of this by the specification as it is now."""
    call.db.run(
        """
        INSERT INTO delivery (delivery_id, destination_id, kind, address, requester_id, hit_type_id, hit_id,
                              assignment_id, happened_at, status, due_at, attempts)
        SELECT CAST(:delivery_id AS TEXT), n.destination_id, CAST(:kind AS TEXT),
               CASE WHEN n.transport = 'Email' THEN n.destination END, n.requester_id, n.hit_type_id, h.hit_id,
               CAST(:assignment_id AS TEXT), CAST(:now AS BIGINT), 'Waiting', 0, 0
          FROM hit h JOIN notification n ON n.hit_type_id = h.hit_type_id
         WHERE h.hit_id = :hit_id AND n.active = 1 AND n.event_types LIKE '%"' || CAST(:kind AS TEXT) || '"%'
        """,
        delivery_id=event_id,
        kind=kind,
        assignment_id=assignment_id,
        now=call.now,
        hit_id=hit_id,
    )


def _enqueue_worker_mail(
    call: Call,
    kind: str,
    delivery_id: str,
    *,
    worker_id: str,
    requester_id: str | None,
    hit_id: str | None,
    assignment_id: str | None,
    qualification_type_id: str | None,
    subject_id: str | None,
) -> None:
    """A mail to a Worker who wants such mails; `subject_id` names the message or the bonus it is about."""
    call.db.run(
        """
        INSERT INTO delivery (delivery_id, destination_id, kind, requester_id, worker_id, hit_id, assignment_id,
                              qualification_type_id, subject_id, happened_at, status, due_at, attempts)
        SELECT CAST(:delivery_id AS TEXT), 'MAIL', CAST(:kind AS TEXT), CAST(:requester_id AS TEXT), w.worker_id,
               CAST(:hit_id AS TEXT), CAST(:assignment_id AS TEXT), CAST(:qualification_type_id AS TEXT),
               CAST(:subject_id AS TEXT), CAST(:now AS BIGINT), 'Waiting', 0, 0
          FROM worker w
         WHERE w.worker_id = :worker_id AND w.deleted_at IS NULL
           AND CASE WHEN :always = 1 THEN 1 WHEN :message = 1 THEN w.mail_messages ELSE w.mail_news END = 1
        """,
        delivery_id=delivery_id,
        kind=kind,
        requester_id=requester_id,
        hit_id=hit_id,
        assignment_id=assignment_id,
        qualification_type_id=qualification_type_id,
        subject_id=subject_id,
        now=call.now,
        worker_id=worker_id,
        always=kind in _ALWAYS_MAILED,
        message=kind == WORKER_MESSAGE,
    )


def _enqueue_requester_mail(
    call: Call,
    delivery_id: str,
    requester_id: str | None,
    hit_id: str | None,
    assignment_id: str | None,
    contact_id: str | None,
) -> None:
    """A mail to a Requester; what a Worker wrote is read when it is sent, and not sent when they have left."""
    call.db.run(
        """
        INSERT INTO delivery (delivery_id, destination_id, kind, requester_id, hit_id, assignment_id, subject_id,
                              happened_at, status, due_at, attempts)
        VALUES (:delivery_id, 'MAIL', :kind, :requester_id, :hit_id, :assignment_id, :contact_id,
                :now, 'Waiting', 0, 0)
        """,
        delivery_id=delivery_id,
        kind=REQUESTER_CONTACTED,
        requester_id=requester_id,
        hit_id=hit_id,
        assignment_id=assignment_id,
        contact_id=contact_id,
        now=call.now,
    )


def destination(call: Call, channel: str, address: str) -> str:
    """The id of the caller's destination at this address, added where it is missing; all mails share one."""
    if channel == "Mail":
        return MAIL
    destination_id = hashlib.sha256(f"{call.caller} {channel} {address}".encode()).hexdigest()[:32]
    call.db.run(
        """
        INSERT INTO destination (destination_id, channel, requester_id, address, due_at, failures)
        VALUES (:destination_id, :channel, :caller, :address, 0, 0) ON CONFLICT (destination_id) DO NOTHING
        """,
        destination_id=destination_id,
        channel=channel,
        caller=call.caller,
        address=address,
    )
    return destination_id


def add(call: Call, where: Destination, what: Delivery) -> None:
    """Add a delivery that belongs to no event: a test."""
    call.db.run(
        """
        INSERT INTO delivery (delivery_id, destination_id, kind, address, requester_id, hit_type_id, hit_id,
                              assignment_id, happened_at, status, due_at, attempts)
        VALUES (:delivery_id, :destination_id, :kind, :address, :requester_id, :hit_type_id, :hit_id, :assignment_id,
                :happened_at, 'Waiting', 0, 0)
        """,
        delivery_id=what.delivery_id,
        destination_id=destination(call, where.channel, where.address),
        kind=what.kind,
        address=what.address,
        requester_id=what.requester_id,
        hit_type_id=what.hit_type_id,
        hit_id=what.hit_id,
        assignment_id=what.assignment_id,
        happened_at=what.happened_at,
    )


def drop_rejection(call: Call, assignment_id: str) -> None:
    """Drop the mail about the rejection of this work, unless it is sent: the rejection was overridden."""
    call.db.run(_DROP_REJECTION, assignment_id=assignment_id)


def drop_block(call: Call, requester_id: str, worker_id: str) -> None:
    """Drop the mail about the Requester's block of this Worker, unless it is sent."""
    call.db.run(_DROP_BLOCK, worker_id=worker_id, requester_id=requester_id)


def drop_grant(call: Call, qualification_type_id: str, worker_id: str) -> None:
    """Drop the mail to this Worker about this qualification, unless it is sent."""
    call.db.run(_DROP_GRANT, qualification_type_id=qualification_type_id, worker_id=worker_id)


_DROP_REJECTION = """
DELETE FROM delivery
 WHERE assignment_id = :assignment_id AND worker_id IS NOT NULL AND status <> 'Sent' AND kind = 'WorkRejected'
"""
_DROP_BLOCK = """
DELETE FROM delivery
 WHERE worker_id = :worker_id AND status <> 'Sent' AND kind = 'WorkerBlocked' AND requester_id = :requester_id
"""
_DROP_GRANT = """
DELETE FROM delivery
 WHERE worker_id = :worker_id AND status <> 'Sent' AND kind = 'QualificationGranted'
   AND qualification_type_id = :qualification_type_id
"""
_DROP_MAILS = "DELETE FROM delivery WHERE worker_id = :caller AND status <> 'Sent'"
_CLEAR_MAIL_ERRORS = "UPDATE delivery SET last_error = NULL WHERE worker_id = :caller AND last_error IS NOT NULL"
ON_ACCOUNT_DELETION = (erases("delivery", _DROP_MAILS), erases("delivery", _CLEAR_MAIL_ERRORS))
