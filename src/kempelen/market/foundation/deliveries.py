"""Deliveries: messages that wait to be sent, to a Requester's program or by mail.

A delivery is added in the transaction of its event and holds ids; its contents are read when it is sent. It waits at a
destination, which one sending process at a time claims by a lease. So no delivery is sent twice at the same time, and
one whose sender died is sent again by another process, under the same id. After a failure both destination and delivery
are paused; where the destination works but refuses one delivery for now, only that delivery. A delivery that could not
be sent for a day is dead, and stays visible until it is deleted.
`happened_at` is market time; due times, leases and attempts are real time, given by the sending process.
Source: spec notifications.md 5, design.md.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from kempelen.core.money import Money
from kempelen.core.wire.errors import InvalidField
from kempelen.core.wire.event_documents import EVENT_TYPES, MADE_UP_ID, MADE_UP_WORKER, Event, event
from kempelen.core.wire.operations import transaction
from kempelen.market.foundation.call import Call
from kempelen.store.database import Row, instant

MAIL = "MAIL"  # the destination of all mails
GIVEN_UP_AFTER = timedelta(hours=24)
KEPT_SENT, KEPT_DEAD = timedelta(days=7), timedelta(days=30)
FORMER_SECRET_LIFE = timedelta(hours=24)
AT_ONCE = 500  # deliveries changed in one transaction, however many there are: nobody else waits long for a lane
COUNTED_AT_MOST = 10_000
_LONGEST_ERROR = 300

# Mails that Workers are owed, by the event that brings them; blocks are told to everybody.
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
# What the links in mails about an account are signed for.
RESET_PASSWORD, CONFIRM_EMAIL, UNDO_EMAIL = "password reset", "confirm e-mail address", "undo e-mail address"
_SIGNED_FOR = {"PasswordReset": RESET_PASSWORD, "EmailConfirmation": CONFIRM_EMAIL, "EmailNotice": UNDO_EMAIL}
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
    """One thing to tell. `address` is where a Requester's own mails go; a Worker's is read when it is sent."""

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
        """What a Requester's program is told."""
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


class DeliveryState(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as the operator sees it; `due_at` is real time, None for at once or never again."""

    delivery_id: str
    kind: str
    channel: str
    destination: str
    requester_id: str | None
    worker_id: str | None
    status: str
    happened_at: datetime
    attempts: int
    due_at: datetime | None
    ended_at: datetime | None
    last_error: str | None


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """All that a mail may tell, as it stands when it is written; the texts are people's own, as they wrote them."""

    address: str
    kind: str
    happened_at: datetime
    event: Event | None = None
    title: str = ""
    hit_id: str = ""
    assignment_id: str = ""
    worker_id: str = ""
    worker_name: str = ""
    worker_email: str = ""  # only where the Worker shows it to the Requester
    requester_name: str = ""
    requester_email: str = ""
    qualification: str = ""
    value: int | None = None
    amount: Money = Money.ZERO
    policy: str = ""
    subject: str = ""
    text: str = ""
    stop_key: str = ""
    new_email: str = ""  # of a Worker who changes their address
    link_token: str = ""  # what the link carries by which the mail's reader proves to have it


# ---------------------------------------------------------------------------------------------- made


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
    """A delivery of the caller's that tells of no event of the market: a test."""
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
    """No mail any more that tells of the rejection of this work, unless it has gone out: it is not so any more."""
    call.db.run(_DROP_REJECTION, assignment_id=assignment_id)


def drop_block(call: Call, requester_id: str, worker_id: str) -> None:
    """No mail any more that tells of the Requester's block of this Worker, unless it has gone out."""
    call.db.run(_DROP_BLOCK, worker_id=worker_id, requester_id=requester_id)


def drop_grant(call: Call, qualification_type_id: str, worker_id: str) -> None:
    """No mail any more that tells this Worker of this qualification, unless it has gone out."""
    call.db.run(_DROP_GRANT, qualification_type_id=qualification_type_id, worker_id=worker_id)


def drop_mails_to(call: Call, worker_id: str) -> None:
    """No mail to this Worker any more, and no word of a mail server about one that was sent."""
    call.db.run(_DROP_MAILS, worker_id=worker_id)
    call.db.run(_CLEAR_MAIL_ERRORS, worker_id=worker_id)


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
_DROP_MAILS = "DELETE FROM delivery WHERE worker_id = :worker_id AND status <> 'Sent'"
_CLEAR_MAIL_ERRORS = "UPDATE delivery SET last_error = NULL WHERE worker_id = :worker_id AND last_error IS NOT NULL"


# ---------------------------------------------------------------------------------------------- sent


_CLAIMABLE = """
    SELECT f.destination_id FROM destination f
     WHERE f.due_at <= :at
       AND EXISTS (SELECT 1 FROM delivery d
                    WHERE d.destination_id = f.destination_id AND d.status = 'Waiting' AND d.due_at <= :at)
     ORDER BY f.due_at, f.destination_id LIMIT 1
"""


@transaction(reads=True)
def get_anything_to_send(call: Call, *, at: datetime) -> bool:
    """Is there a destination that nobody has, with a delivery that may be tried at this real time?"""
    return call.db.one(_CLAIMABLE, at=at) is not None


def claim(call: Call, *, holder: str, at: datetime, until: datetime) -> Destination | None:
    """Claims the destination that waited longest; None when there is none, or another sender was faster."""
    found = call.db.one(_CLAIMABLE, at=at)
    if found is None:
        return None
    row = call.db.one(
        """
        UPDATE destination SET holder = :holder, due_at = :until
         WHERE destination_id = :destination_id AND due_at <= :at
        RETURNING destination_id, channel, address, requester_id, failures
        """,
        holder=holder,
        until=until,
        destination_id=found["destination_id"],
        at=at,
    )
    if row is None:
        return None
    signers = signing_secrets(call, requester_id=row["requester_id"], at=at) if row["channel"] == "Webhook" else []
    return Destination(**row, secrets=signers)


def renew(call: Call, *, holder: str, until: datetime) -> None:
    """Keep all that this holder has claimed, for longer."""
    call.db.run("UPDATE destination SET due_at = :until WHERE holder = :holder", until=until, holder=holder)


def release(call: Call, *, destination_id: str, holder: str, at: datetime) -> None:
    """Releases a claimed destination, so that any sender may claim it; a paused one is not claimed any more."""
    call.db.run(
        """
        UPDATE destination SET holder = NULL, due_at = :at WHERE destination_id = :destination_id AND holder = :holder
        """,
        at=at,
        destination_id=destination_id,
        holder=holder,
    )


@transaction(reads=True)
def list_waiting(call: Call, *, destination_id: str, at: datetime, most: int) -> list[Delivery]:
    """The deliveries that may be tried now at a destination, the oldest first."""
    rows = call.db.all(
        """
        SELECT d.*, p.hit_group_id, a.worker_id AS event_worker_id
          FROM delivery d
          LEFT JOIN hit_group p ON p.hit_type_id = d.hit_type_id
          LEFT JOIN assignment a ON a.assignment_id = d.assignment_id
         WHERE d.destination_id = :destination_id AND d.status = 'Waiting' AND d.due_at <= :at
         ORDER BY d.due_at, d.delivery_id LIMIT :most
        """,
        destination_id=destination_id,
        at=at,
        most=most,
    )
    return [_delivery(row) for row in rows]


def record_sent(call: Call, *, delivery_id: str, at: datetime) -> None:
    """It has arrived; its destination works again."""
    row = call.db.one(
        """
        UPDATE delivery SET status = 'Sent', attempts = attempts + 1, ended_at = :at
         WHERE delivery_id = :delivery_id AND status = 'Waiting'
        RETURNING destination_id
        """,
        at=at,
        delivery_id=delivery_id,
    )
    if row is not None:
        call.db.run(
            """
            UPDATE destination SET failures = 0, last_error = NULL
             WHERE destination_id = :destination_id AND failures > 0
            """,
            destination_id=row["destination_id"],
        )


def record_failure(
    call: Call,
    *,
    delivery_id: str,
    error: str,
    at: datetime,
    again_at: datetime | None,
    destination_again_at: datetime | None,
) -> None:
    """It has not arrived and pauses, and so does its destination; what could not be sent for a day is dead.

    What else waits there hears of it by `spread_failure`.
    `destination_again_at` is None where the destination works and refuses this delivery alone: nothing else waits then.
    `again_at` is None for what will never be taken: it is dead.
    """
    error = error[:_LONGEST_ERROR]
    row = call.db.one(
        """
        UPDATE delivery SET attempts = attempts + 1, last_error = :error, due_at = COALESCE(:again_at, due_at),
                            tried_since = COALESCE(tried_since, :at),
                            status = CASE WHEN :final = 1 OR tried_since <= :given_up THEN 'Dead' ELSE status END,
                            ended_at = CASE WHEN :final = 1 OR tried_since <= :given_up THEN CAST(:at AS BIGINT) END
         WHERE delivery_id = :delivery_id AND status = 'Waiting'
        RETURNING destination_id
        """,
        error=error,
        again_at=again_at,
        at=at,
        given_up=at - GIVEN_UP_AFTER,
        final=again_at is None,
        delivery_id=delivery_id,
    )
    if row is None or destination_again_at is None:
        return
    call.db.run(
        """
        UPDATE destination SET failures = failures + 1, last_error = :error, due_at = :again_at, holder = NULL
         WHERE destination_id = :destination_id
        """,
        error=error,
        again_at=destination_again_at,
        destination_id=row["destination_id"],
    )


def spread_failure(call: Call, *, destination_id: str, error: str, at: datetime) -> bool:
    """What waits at a destination that has just failed: its day begins too, and ends. Some at a time; True for more."""
    begun = call.db.run(_BEGIN_DAYS, destination_id=destination_id, at=at, at_once=AT_ONCE)
    ended = call.db.run(
        _END_DAYS,
        destination_id=destination_id,
        error=error[:_LONGEST_ERROR],
        at=at,
        given_up=at - GIVEN_UP_AFTER,
        at_once=AT_ONCE,
    )
    return max(begun, ended) == AT_ONCE


_BEGIN_DAYS = """
UPDATE delivery SET tried_since = :at
 WHERE delivery_id IN (
    SELECT delivery_id FROM delivery
     WHERE destination_id = :destination_id AND status = 'Waiting' AND tried_since IS NULL LIMIT :at_once)
"""
_END_DAYS = """
UPDATE delivery SET status = 'Dead', ended_at = :at, last_error = :error
 WHERE delivery_id IN (
    SELECT delivery_id FROM delivery
     WHERE destination_id = :destination_id AND status = 'Waiting' AND tried_since <= :given_up LIMIT :at_once)
"""


def _delivery(row: Row) -> Delivery:
    """A delivery with all that its event names; a test names a HIT, an assignment and a Worker that are in no table."""
    is_test = row["hit_type_id"] == MADE_UP_ID
    return Delivery(
        delivery_id=row["delivery_id"],
        kind=row["kind"],
        happened_at=instant(row["happened_at"]),
        requester_id=row["requester_id"],
        hit_type_id=row["hit_type_id"],
        hit_group_id=MADE_UP_ID if is_test else row["hit_group_id"],
        hit_id=row["hit_id"],
        assignment_id=row["assignment_id"],
        worker_id=MADE_UP_WORKER if is_test and row["assignment_id"] else row["event_worker_id"],
        address=row["address"],
        attempts=row["attempts"],
    )


# ---------------------------------------------------------------------------------------------- written


@transaction(reads=True)
def get_letter(call: Call, *, delivery_id: str) -> Letter | None:
    """What a mail has to tell and to whom; None when it, or whoever it was for, is gone."""
    row = call.db.one(
        """
        SELECT d.*, w.email AS worker_email, w.name AS worker_name, r.name AS requester_name,
               r.email AS requester_email, t.title, p.hit_group_id, a.worker_id AS event_worker_id,
               q.name AS qualification_name, g.value,
               m.subject, m.message_text, c.contact_id, c.subject AS contact_subject, c.contact_text, c.shows_address,
               c.worker_id AS contact_worker_id, b.amount_micros, b.reason, a.requester_feedback, a.decided_by_policy,
               x.reset_id, e.old_email, e.new_email
          FROM delivery d
          LEFT JOIN contact c ON c.contact_id = d.subject_id
          LEFT JOIN worker w ON w.worker_id = COALESCE(d.worker_id, c.worker_id) AND w.deleted_at IS NULL
          LEFT JOIN requester r ON r.requester_id = d.requester_id
          LEFT JOIN hit h ON h.hit_id = d.hit_id
          LEFT JOIN hit_type t ON t.hit_type_id = COALESCE(d.hit_type_id, h.hit_type_id, c.hit_type_id)
          LEFT JOIN hit_group p ON p.hit_type_id = d.hit_type_id
          LEFT JOIN qualification_type q ON q.qualification_type_id = d.qualification_type_id
          LEFT JOIN qualification g ON g.qualification_type_id = d.qualification_type_id
                                   AND g.worker_id = d.worker_id AND g.status = 'Granted'
          LEFT JOIN password_reset x ON x.reset_id = d.subject_id
          LEFT JOIN email_change e ON e.change_id = d.subject_id
          LEFT JOIN message m ON m.message_id = d.subject_id
          LEFT JOIN bonus b ON b.bonus_id = d.subject_id
          LEFT JOIN assignment a ON a.assignment_id = d.assignment_id
         WHERE d.delivery_id = :delivery_id
        """,
        delivery_id=delivery_id,
    )
    if row is None or (address := _address(row)) is None:
        return None
    worker_id = row["worker_id"] or row["contact_worker_id"] or ""
    return Letter(
        address=address,
        kind=row["kind"],
        happened_at=instant(row["happened_at"]),
        event=_delivery(row).event if row["address"] else None,
        title=row["title"] or "",
        hit_id=row["hit_id"] or "",
        assignment_id=row["assignment_id"] or "",
        worker_id=worker_id,
        worker_name=row["worker_name"] or "",
        worker_email=row["worker_email"] if row["shows_address"] else "",
        requester_name=row["requester_name"] or "",
        requester_email=row["requester_email"] or "",
        qualification=row["qualification_name"] or "",
        value=row["value"],
        amount=Money(row["amount_micros"] or 0),
        policy=row["decided_by_policy"] or "",
        subject=row["subject"] or row["contact_subject"] or "",
        text=row["message_text"] or row["contact_text"] or row["reason"] or row["requester_feedback"] or "",
        stop_key=stop_key(call, worker_id),
        new_email=row["new_email"] or "",
        link_token=link_token(call, _SIGNED_FOR[row["kind"]], row["subject_id"]) if row["kind"] in _SIGNED_FOR else "",
    )


def _address(row: Row) -> str | None:
    """Where a mail goes; None where nobody is there any more, or a Worker who has left took back what they wrote."""
    if row["kind"] == REQUESTER_CONTACTED:
        address = row["requester_email"] if row["contact_id"] else None
    elif row["kind"] == "PasswordReset":
        address = row["worker_email"] if row["reset_id"] else None
    elif row["kind"] == "EmailConfirmation":
        address = row["new_email"]
    elif row["kind"] == "EmailNotice":
        address = row["old_email"]
    else:
        address = row["address"] or row["worker_email"]
    return None if address is None else str(address)


def letter_of(delivery: Delivery, address: str) -> Letter:
    """What a test by mail tells, which is in no table."""
    return Letter(address=address, kind=delivery.kind, happened_at=delivery.happened_at, event=delivery.event)


def link_token(call: Call, purpose: str, about_id: str) -> str:
    """What a link in a mail carries: an id, and a signature over it for one purpose."""
    return f"{about_id}.{call.vault.sign(purpose, about_id.encode()).hex()}"


def stop_key(call: Call, worker_id: str) -> str:
    """What a mail's link to stop messages carries, so that nobody else can stop them."""
    return call.vault.sign("stop messages", worker_id.encode()).hex()


# ---------------------------------------------------------------------------------------------- the webhook's secrets


def signing_secrets(call: Call, *, requester_id: str, at: datetime) -> list[str]:
    """The secrets that sign for a Requester's webhooks, the present one first; one is made where there is none."""
    row = _secret_row(call, requester_id)
    if row is None:
        call.db.run(
            """
            INSERT INTO webhook_secret (requester_id, sealed_secret) VALUES (:requester_id, :sealed)
            ON CONFLICT (requester_id) DO NOTHING
            """,
            requester_id=requester_id,
            sealed=call.vault.seal(_new_secret()),
        )
        row = _secret_row(call, requester_id)
        assert row is not None
    both = [call.vault.unseal(row["sealed_secret"])]
    if row["former_ends_at"] is not None and instant(row["former_ends_at"]) > at:
        both.append(call.vault.unseal(row["sealed_former_secret"]))
    return both


def change_webhook_secret(call: Call, *, requester_id: str, at: datetime) -> str:
    """A new secret for a Requester's webhooks; the one before signs beside it for a day of real time."""
    former = signing_secrets(call, requester_id=requester_id, at=at)[0]
    secret = _new_secret()
    call.db.run(
        """
        UPDATE webhook_secret SET sealed_secret = :sealed, sealed_former_secret = :former, former_ends_at = :ends_at
         WHERE requester_id = :requester_id
        """,
        sealed=call.vault.seal(secret),
        former=call.vault.seal(former),
        ends_at=at + FORMER_SECRET_LIFE,
        requester_id=requester_id,
    )
    return secret


def _secret_row(call: Call, requester_id: str) -> Row | None:
    return call.db.one("SELECT * FROM webhook_secret WHERE requester_id = :requester_id", requester_id=requester_id)


def _new_secret() -> str:
    return "whsec_" + secrets.token_urlsafe(30)


# ---------------------------------------------------------------------------------------------- the operator


@transaction(reads=True)
def list_deliveries(call: Call, *, status: str = "", most: int = 100) -> list[DeliveryState]:
    """Deliveries of one status, or all that have not arrived; the latest first."""
    rows = call.db.all(
        """
        SELECT d.*, f.channel, f.address AS destination, f.due_at AS destination_due_at FROM delivery d
          JOIN destination f ON f.destination_id = d.destination_id
         WHERE d.status = :status OR (:status = '' AND d.status IN ('Waiting', 'Dead'))
         ORDER BY d.delivery_id DESC LIMIT :most
        """,
        status=status,
        most=most,
    )
    return [_state(row) for row in rows]


@transaction(reads=True)
def get_counts(call: Call) -> dict[str, int]:
    """How many deliveries wait and how many are dead; each count ends at ten thousand."""
    rows = call.db.all(_COUNTS, most=COUNTED_AT_MOST)
    return {row["status"]: row["found"] for row in rows}


_COUNTS = """
SELECT 'waiting' AS status, COUNT(*) AS found
  FROM (SELECT 1 AS one FROM delivery WHERE status = 'Waiting' LIMIT :most) AS waiting
 UNION ALL
SELECT 'dead' AS status, COUNT(*) AS found
  FROM (SELECT 1 AS one FROM delivery WHERE status <> 'Waiting' AND status = 'Dead' LIMIT :most) AS dead
"""


def retry(call: Call, *, delivery_id: str) -> None:
    """Try a delivery that waits or is dead at once, with a new day of attempts."""
    row = call.db.one(
        """
        UPDATE delivery SET status = 'Waiting', due_at = 0, tried_since = NULL, ended_at = NULL
         WHERE delivery_id = :delivery_id AND status IN ('Waiting', 'Dead')
        RETURNING destination_id
        """,
        delivery_id=delivery_id,
    )
    if row is None:
        raise InvalidField(
            field="delivery",
            reason="There is no delivery {delivery_id} that waits or is dead.",
            delivery_id=delivery_id,
        )
    _free(call, {row["destination_id"]})


def retry_dead(call: Call, *, ended_by: datetime) -> int:
    """Try again, as `retry` does, what was dead at this real time, `AT_ONCE` at a time; how many it was now."""
    rows = call.db.all(_RETRY_DEAD, ended_by=ended_by, at_once=AT_ONCE)
    _free(call, {row["destination_id"] for row in rows})
    return len(rows)


_RETRY_DEAD = """
UPDATE delivery SET status = 'Waiting', due_at = 0, tried_since = NULL, ended_at = NULL
 WHERE delivery_id IN (
    SELECT delivery_id FROM delivery
     WHERE status <> 'Waiting' AND status = 'Dead' AND ended_at <= :ended_by
     ORDER BY ended_at, delivery_id LIMIT :at_once)
RETURNING destination_id
"""


def _free(call: Call, destination_ids: set[str]) -> None:
    """These destinations pause no more."""
    for destination_id in sorted(destination_ids):
        call.db.run(
            "UPDATE destination SET due_at = 0 WHERE destination_id = :destination_id AND holder IS NULL",
            destination_id=destination_id,
        )


def delete_old(call: Call, *, at: datetime) -> bool:
    """Drop deliveries that have ended long ago, some at a time; True when there are more."""
    dropped = [
        call.db.run(
            """
            DELETE FROM delivery WHERE delivery_id IN (
                SELECT delivery_id FROM delivery WHERE status = :status AND ended_at <= :outlived
                 ORDER BY ended_at, delivery_id LIMIT :at_once)
            """,
            status=status,
            outlived=at - kept,
            at_once=AT_ONCE,
        )
        for status, kept in (("Sent", KEPT_SENT), ("Dead", KEPT_DEAD))
    ]
    return max(dropped) == AT_ONCE


def _state(row: Row) -> DeliveryState:
    waits_until = max(row["due_at"], row["destination_due_at"])
    return DeliveryState(
        delivery_id=row["delivery_id"],
        kind=row["kind"],
        channel=row["channel"],
        destination=row["address"] or row["destination"],
        requester_id=row["requester_id"],
        worker_id=row["worker_id"],
        status=row["status"],
        happened_at=instant(row["happened_at"]),
        attempts=row["attempts"],
        due_at=instant(waits_until) if row["status"] == "Waiting" and waits_until else None,
        ended_at=None if row["ended_at"] is None else instant(row["ended_at"]),
        last_error=row["last_error"],
    )
