"""Reports: what Workers tell the operator of HITs that break rules or cannot be done.

A report is about one HIT that the Worker may look at or has accepted. Its Requester does not see it. Nothing follows by
itself: the operator reads reports and decides. Source: spec worker.md 4.3 and 7.
"""

from datetime import datetime
from typing import Literal, get_args

import msgspec

from kempelen.core.errors import GroupDoesNotExist, InvalidField
from kempelen.market import events, listings
from kempelen.market.call import Call
from kempelen.store.database import instant

Reason = Literal["PersonalData", "AgainstRules", "AdultContent", "Broken", "Unfair", "Other"]
REASONS: tuple[str, ...] = get_args(Reason)
MAX_TEXT = 1_000


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report as the operator reads it."""

    report_id: str
    worker_id: str
    hit_id: str
    hit_type_id: str
    title: str
    requester_id: str
    requester_name: str
    reason: str
    text: str
    reported_at: datetime


def get_reported(call: Call, *, group_id: str, hit_id: str) -> listings.Group:
    """The group of a HIT that the caller may report; GroupDoesNotExist when there is none for them."""
    row = call.db.one(
        """
        SELECT h.hit_group_id, a.assignment_id
          FROM hit h LEFT JOIN assignment a ON a.hit_id = h.hit_id AND a.worker_id = :caller
         WHERE h.hit_id = :hit_id AND h.hit_group_id = :group_id LIMIT 1
        """,
        caller=call.caller,
        hit_id=hit_id,
        group_id=group_id,
    )
    if row is None:
        raise GroupDoesNotExist()
    if row["assignment_id"] is not None:
        return listings.any_group(call, group_id)
    return listings.get_group(call, group_id=group_id)


def report_hit(call: Call, *, group_id: str, hit_id: str, reason: str, text: str) -> None:
    """Report a HIT; the caller's later report of the same HIT takes the place of the earlier one.

    InvalidField for a reason that is none, and for a text that is too long or, where the reason is Other, missing.
    """
    group = get_reported(call, group_id=group_id, hit_id=hit_id)
    text = text.strip()
    if reason not in REASONS:
        raise InvalidField(field="reason", reason="Choose a reason.")
    if len(text) > MAX_TEXT:
        raise InvalidField(field="text", reason="Write up to {longest} characters here.", longest=MAX_TEXT)
    if reason == "Other" and not text:
        raise InvalidField(field="text", reason="Say what is wrong.")
    call.db.run(
        """
        INSERT INTO report (report_id, worker_id, hit_id, requester_id, hit_type_id, reason, report_text, reported_at)
        VALUES (:report_id, :caller, :hit_id, :requester_id, :hit_type_id, :reason, :text, :now)
        ON CONFLICT (worker_id, hit_id) DO UPDATE
           SET reason = excluded.reason, report_text = excluded.report_text, reported_at = excluded.reported_at
        """,
        report_id=call.new_id(),
        caller=call.caller,
        hit_id=hit_id,
        requester_id=group.requester_id,
        hit_type_id=group.hit_type_id,
        reason=reason,
        text=text,
        now=call.now,
    )
    events.append(call, "HITReported", requester_id=group.requester_id, worker_id=call.caller, hit_id=hit_id)


def list_reports(call: Call, *, requester_id: str = "", at_most: int = 1_000) -> list[Report]:
    """Reports, the latest first; those about one Requester where one is named."""
    rows = call.db.all(
        """
        SELECT p.*, t.title, r.name FROM report p
          JOIN hit_type t ON t.hit_type_id = p.hit_type_id
          JOIN requester r ON r.requester_id = p.requester_id
         WHERE :requester_id = '' OR p.requester_id = :requester_id
         ORDER BY p.reported_at DESC, p.report_id DESC LIMIT :at_most
        """,
        requester_id=requester_id,
        at_most=at_most,
    )
    return [
        Report(
            report_id=row["report_id"],
            worker_id=row["worker_id"],
            hit_id=row["hit_id"],
            hit_type_id=row["hit_type_id"],
            title=row["title"],
            requester_id=row["requester_id"],
            requester_name=row["name"],
            reason=row["reason"],
            text=row["report_text"],
            reported_at=instant(row["reported_at"]),
        )
        for row in rows
    ]
