"""Mail contents: what a mail says, read from the market when it is written, and the tokens in its links."""

from datetime import datetime

import msgspec

from kempelen.core.money import Money
from kempelen.core.wire.event_documents import Event
from kempelen.core.wire.operations import transaction
from kempelen.market.foundation import deliveries, outbox
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.outbox import Delivery
from kempelen.store.database import Row, instant

# What the links in mails about an account are signed for.
RESET_PASSWORD, CONFIRM_EMAIL, UNDO_EMAIL = "password reset", "confirm e-mail address", "undo e-mail address"
_SIGNED_FOR = {"PasswordReset": RESET_PASSWORD, "EmailConfirmation": CONFIRM_EMAIL, "EmailNotice": UNDO_EMAIL}


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """All that a mail may contain, as of when it is written; texts of people are as they wrote them."""

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


@transaction(reads=True)
def get_letter(call: Call, *, delivery_id: str) -> Letter | None:
    """The contents and the address of a mail; None when the delivery or its recipient no longer exists."""
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
        event=deliveries.read_delivery(row).event if row["address"] else None,
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
    if row["kind"] == outbox.REQUESTER_CONTACTED:
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
    """The contents of a test mail, which is in no table."""
    return Letter(address=address, kind=delivery.kind, happened_at=delivery.happened_at, event=delivery.event)


def link_token(call: Call, purpose: str, about_id: str) -> str:
    """What a link in a mail carries: an id, and a signature over it for one purpose."""
    return f"{about_id}.{call.vault.sign(purpose, about_id.encode()).hex()}"


def stop_key(call: Call, worker_id: str) -> str:
    """What a mail's link to stop messages carries, so that nobody else can stop them."""
    return call.vault.sign("stop messages", worker_id.encode()).hex()
