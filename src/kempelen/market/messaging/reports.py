"""Reports: HITs that Workers report to the operator because they break rules or cannot be done.

A report is about one HIT that the Worker may look at or has accepted. Its Requester does not see it. Nothing happens
automatically: the operator reads reports, decides, and resolves them with a note. Source: docs/mturk/worker.md 4.3
and 7.
"""

from datetime import datetime
from typing import Literal, get_args

import msgspec

from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import GroupDoesNotExist, InvalidField
from kempelen.market.foundation import events
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import erases
from kempelen.market.hits import listings
from kempelen.store.database import Row, instant
from kempelen.store.select import statement

Reason = Literal["PersonalData", "AgainstRules", "AdultContent", "Broken", "Unfair", "Other"]
REASONS: tuple[str, ...] = get_args(Reason)
MAX_TEXT = 1_000
MAX_NOTE = 1_000

ON_ACCOUNT_DELETION = (erases("report", "UPDATE report SET report_text = '' WHERE worker_id = :caller"),)


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
    resolved_at: datetime | None
    note: str


@transaction(reads=True)
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


@transaction(lane="group_id")
def report_hit(call: Call, *, group_id: str, hit_id: str, reason: str, text: str) -> None:
    """Report a HIT; the caller's later report of the same HIT takes the place of the earlier one, and is open again.

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
           SET reason = excluded.reason, report_text = excluded.report_text, reported_at = excluded.reported_at,
               resolved_at = NULL, note = NULL
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


def resolve(call: Call, *, report_id: str, note: str) -> Report:
    """Note what the operator decided about a report, which is open no more; another note takes the place of the first.

    InvalidField when there is no such report, or the note is empty or too long.
    """
    note = note.strip()
    if not note or len(note) > MAX_NOTE:
        raise InvalidField(field="note", reason="A note has 1 to {longest} characters.", longest=MAX_NOTE)
    row = call.db.one(
        """
        UPDATE report SET resolved_at = :now, note = :note WHERE report_id = :report_id
        RETURNING requester_id, worker_id, hit_id
        """,
        now=call.now,
        note=note,
        report_id=report_id,
    )
    if row is None:
        raise InvalidField(field="report", reason="There is no report {report}.", report=report_id)
    events.append(call, "ReportResolved", **row)
    (found,) = _as_reports(call.db.all(_ONE, report_id=report_id))
    return found


@transaction(reads=True)
def list_reports(
    call: Call, *, requester_id: str = "", with_resolved: bool = True, at_most: int = 1_000
) -> list[Report]:
    """Reports, the latest first; those about one Requester where one is named, only open ones where that is asked."""
    rows = call.db.all(_REPORTS, requester_id=requester_id, resolved=int(with_resolved), at_most=at_most)
    return _as_reports(rows)


_SELECTED = """
    SELECT p.*, t.title, r.name FROM report p
      JOIN hit_type t ON t.hit_type_id = p.hit_type_id
      JOIN requester r ON r.requester_id = p.requester_id
"""
_REPORTS = statement(
    _SELECTED,
    """
     WHERE (:requester_id = '' OR p.requester_id = :requester_id) AND (:resolved = 1 OR p.resolved_at IS NULL)
     ORDER BY p.reported_at DESC, p.report_id DESC LIMIT :at_most
    """,
)
_ONE = statement(_SELECTED, "WHERE p.report_id = :report_id")


def _as_reports(rows: list[Row]) -> list[Report]:
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
            resolved_at=None if row["resolved_at"] is None else instant(row["resolved_at"]),
            note=row["note"] or "",
        )
        for row in rows
    ]
