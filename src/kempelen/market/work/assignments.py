"""Assignments: submitted work as its Requester sees it: read, approve, reject.

A Requester sees an assignment from its submission on. Approval is final and pays from the hold. A rejection can be
overridden for 30 days, and is then paid from available money. `work` and `submission` are the Worker's side; deadlines
approve what is undecided when its time comes; `review_policies` decides where the Requester has a standing policy.
Source: docs/mturk/api.md 3.2 and 4.2.
"""

from datetime import datetime

from kempelen.core.money import Money
from kempelen.core.wire import bounds
from kempelen.core.wire.errors import (
    AssignmentDoesNotExist,
    InvalidAssignmentState,
    InvalidHITState,
    InvalidParameterValue,
)
from kempelen.core.wire.operations import operation
from kempelen.core.wire.shapes import AssignmentStatus, EntityId, Integer, MaxResults, NextToken, Structure, WorkerId
from kempelen.market.foundation import events, ledger, outbox, pages
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import keeps
from kempelen.market.hits import hit_changes, hits, slots, track_records, uploads
from kempelen.market.qualifications import qualifications
from kempelen.store.database import Row, instant

MAX_FEEDBACK = 1_024
SUBMITTED = "Submitted"
SEEN = "Reviewable,Approved,Rejected"  # as recorded: without blanks, "Reviewable" standing for Submitted

ON_ACCOUNT_DELETION = (keeps("assignment", "work that Requesters were given is theirs"),)


class Assignment(Structure, frozen=True, kw_only=True):
    """Submitted work. Source: docs/mturk/api.md 3.2."""

    assignment_id: EntityId
    worker_id: WorkerId
    hit_id: EntityId
    assignment_status: AssignmentStatus
    auto_approval_time: datetime | None
    accept_time: datetime
    submit_time: datetime | None
    approval_time: datetime | None
    rejection_time: datetime | None
    deadline: datetime
    answer: str
    requester_feedback: str | None


class AssignmentAnswer(Structure, frozen=True, kw_only=True):
    """One assignment with its HIT."""

    assignment: Assignment
    hit: hits.HIT


class AssignmentPage(Structure, frozen=True, kw_only=True):
    """A page of a HIT's assignments; the token continues it, `num_results` counts this page."""

    next_token: NextToken | None
    num_results: Integer
    assignments: list[Assignment]


class FileUploadURL(Structure, frozen=True, kw_only=True):
    """Where an uploaded file can be fetched for a minute."""

    file_upload_url: str


@operation(reads=True)
def get_assignment(call: Call, *, assignment_id: EntityId) -> AssignmentAnswer:
    """One submitted assignment of the caller's, and its HIT.

    Source: API reference, GetAssignment; docs/mturk/api.md 2.15.
    """
    row = own(call, assignment_id)
    if row["submitted_at"] is None:
        raise InvalidAssignmentState(allowed=SEEN)
    return AssignmentAnswer(assignment=record(row), hit=hits.record(call, hits.own(call, row["hit_id"])))


@operation(reads=True)
def list_assignments_for_hit(
    call: Call,
    *,
    hit_id: EntityId,
    next_token: NextToken | None = None,
    max_results: MaxResults = 10,
    assignment_statuses: list[AssignmentStatus] | None = None,
) -> AssignmentPage:
    """A HIT's submitted work in any of these statuses (none named: all), the first submitted first.

    Source: API reference, ListAssignmentsForHIT; docs/mturk/api.md 2.20.
    """
    hits.own(call, hit_id)
    wanted = set(assignment_statuses or ("Submitted", "Approved", "Rejected"))
    list_of = ("ListAssignmentsForHIT", hit_id, sorted(wanted))
    submitted_at, after_id = pages.position_after(call, next_token, *list_of) or (0, "")
    rows = call.db.all(
        """
        SELECT * FROM assignment
         WHERE hit_id = :hit_id AND submitted_at IS NOT NULL
           AND status IN (:first, :second, :third)
           AND (submitted_at, assignment_id) > (:submitted_at, :after_id)
         ORDER BY submitted_at, assignment_id LIMIT :max_results
        """,
        hit_id=hit_id,
        first="Submitted" if "Submitted" in wanted else "",
        second="Approved" if "Approved" in wanted else "",
        third="Rejected" if "Rejected" in wanted else "",
        submitted_at=submitted_at,
        after_id=after_id,
        max_results=max_results,
    )
    last = (rows[-1]["submitted_at"], rows[-1]["assignment_id"]) if rows else None
    return AssignmentPage(
        next_token=pages.token_after(call, last, *list_of),
        num_results=len(rows),
        assignments=[record(row) for row in rows],
    )


@operation
def approve_assignment(
    call: Call,
    *,
    assignment_id: EntityId,
    requester_feedback: str | None = None,
    override_rejection: bool = False,
) -> None:
    """Pay the Worker for submitted work; with `override_rejection`, also for work rejected before.

    Source: API reference, ApproveAssignment; docs/mturk/api.md 2.2.
    """
    bounds.check_length("requester_feedback", requester_feedback or "", MAX_FEEDBACK)
    row = own(call, assignment_id)
    if approve(call, assignment_id, feedback=requester_feedback):
        return
    status = own(call, assignment_id)["status"]
    if status == "Rejected" and override_rejection:
        _override(call, row, feedback=requester_feedback)
        return
    raise InvalidAssignmentState(allowed="null" if row["submitted_at"] is None else SUBMITTED)


@operation
def reject_assignment(call: Call, *, assignment_id: EntityId, requester_feedback: str) -> None:
    """Refuse to pay for submitted work; the Worker sees the feedback.

    Source: API reference, RejectAssignment; docs/mturk/api.md 2.31.
    """
    bounds.check_length("requester_feedback", requester_feedback, MAX_FEEDBACK)
    own(call, assignment_id)
    if not reject(call, assignment_id, feedback=requester_feedback):
        raise InvalidAssignmentState(allowed=SUBMITTED)


@operation(reads=True)
def get_file_upload_url(call: Call, *, assignment_id: EntityId, question_identifier: str) -> FileUploadURL:
    """An address that gives out, for a minute, the file with which a question of submitted work was answered.

    Files are deleted when their HIT is disposed of. Source: API reference, GetFileUploadURL; docs/mturk/api.md 2.16.
    """
    row = own(call, assignment_id)
    if hits.own(call, row["hit_id"])["status"] == "Disposed":
        raise InvalidHITState(status="Disposed", allowed=hit_changes.NOT_DISPOSED)
    upload = uploads.find(call, assignment_id, question_identifier) if row["submitted_at"] is not None else None
    if upload is None:
        raise InvalidParameterValue(value=question_identifier, name="question_identifier")
    return FileUploadURL(file_upload_url=uploads.address(call, upload))


def approve_in_time(call: Call, assignment_id: str) -> None:
    """The auto-approval: the Requester has not decided, so the Worker is paid."""
    approve(call, assignment_id, feedback=None, auto=True)


def approve(
    call: Call, assignment_id: str, *, feedback: str | None, auto: bool = False, policy: str | None = None
) -> bool:
    """Submitted becomes Approved, paid from the hold; False when it was not Submitted.

    Decided by the Requester, unless by time (`auto`) or by a review policy of this name.
    """
    row = call.db.one(
        """
        UPDATE assignment SET status = 'Approved', approved_at = :now, requester_feedback = :feedback,
                              auto_approved = :auto, decided_by_policy = :policy
         WHERE assignment_id = :assignment_id AND status = 'Submitted'
        RETURNING hit_id, worker_id, requester_id, submitted_at
        """,
        now=call.now,
        feedback=feedback or None,
        auto=auto,
        policy=policy,
        assignment_id=assignment_id,
    )
    if row is None:
        return False
    hit = slots.change(call, row["hit_id"], submitted=-1, decided=1, paid=True)
    qualifications.count_decided(call, row["worker_id"], row["requester_id"], approved=1)
    track_records.count_decided(call, row, approved=1)
    ledger.pay_from_hold(
        call,
        row["requester_id"],
        row["worker_id"],
        reward=Money(hit["reward_micros"]),
        fee=Money(hit["fee_micros"]),
        hit_id=row["hit_id"],
        assignment_id=assignment_id,
    )
    _append_event(call, "AssignmentApproved", assignment_id, row, moved=("Submitted", "Approved"))
    return True


def reject(call: Call, assignment_id: str, *, feedback: str | None, policy: str | None = None) -> bool:
    """Submitted becomes Rejected, its money given back; False when it was not Submitted.

    Decided by the Requester, unless by a review policy of this name.
    """
    row = call.db.one(
        """
        UPDATE assignment SET status = 'Rejected', rejected_at = :now, requester_feedback = :feedback,
                              decided_by_policy = :policy
         WHERE assignment_id = :assignment_id AND status = 'Submitted'
        RETURNING hit_id, worker_id, requester_id, submitted_at
        """,
        now=call.now,
        feedback=feedback or None,
        policy=policy,
        assignment_id=assignment_id,
    )
    if row is None:
        return False
    slots.change(call, row["hit_id"], submitted=-1, decided=1)
    qualifications.count_decided(call, row["worker_id"], row["requester_id"], rejected=1)
    track_records.count_decided(call, row, rejected=1)
    _append_event(call, "AssignmentRejected", assignment_id, row, moved=("Submitted", "Rejected"))
    return True


def own(call: Call, assignment_id: str) -> Row:
    """An assignment of the caller's HITs; AssignmentDoesNotExist when unknown, foreign, or gone with its HIT."""
    row = call.db.one(
        """
        SELECT a.* FROM assignment a JOIN hit h ON h.hit_id = a.hit_id
         WHERE a.assignment_id = :assignment_id AND a.requester_id = :caller
           AND (h.disposed_at IS NULL OR h.disposed_at > :retained_since)
        """,
        assignment_id=assignment_id,
        caller=call.caller,
        retained_since=call.ago(days=call.rules.retention_days),
    )
    if row is None:
        raise AssignmentDoesNotExist(assignment_id=assignment_id)
    return row


def record(row: Row) -> Assignment:
    """The wire's record of a submitted assignment."""

    def at(name: str) -> datetime | None:
        return None if row[name] is None else instant(row[name])

    return Assignment(
        assignment_id=row["assignment_id"],
        worker_id=row["worker_id"],
        hit_id=row["hit_id"],
        assignment_status=row["status"],
        auto_approval_time=at("auto_approve_at"),
        accept_time=instant(row["accepted_at"]),
        submit_time=at("submitted_at"),
        approval_time=at("approved_at"),
        rejection_time=at("rejected_at"),
        deadline=instant(row["due_at"]),
        answer=row["answer"],
        requester_feedback=row["requester_feedback"],
    )


def _override(call: Call, row: Row, *, feedback: str | None) -> None:
    """Rejected becomes Approved: the hold is gone, so reward and fee come from available money."""
    hit = hits.own(call, row["hit_id"])
    if hit["status"] == "Disposed":
        raise InvalidHITState(status="Disposed", allowed=hit_changes.NOT_DISPOSED)
    changed = call.db.run(
        """
        UPDATE assignment SET status = 'Approved', approved_at = :now, rejected_at = NULL, auto_approved = 0,
                              decided_by_policy = NULL,
                              requester_feedback = COALESCE(:feedback, requester_feedback)
         WHERE assignment_id = :assignment_id AND status = 'Rejected' AND submitted_at >= :overridable_since
        """,
        now=call.now,
        feedback=feedback or None,
        assignment_id=row["assignment_id"],
        overridable_since=call.ago(days=call.rules.override_days),
    )
    if not changed:
        raise InvalidAssignmentState(allowed=SUBMITTED)
    qualifications.count_decided(call, row["worker_id"], row["requester_id"], approved=1, rejected=-1)
    track_records.count_overridden(call, row["requester_id"])
    ledger.pay_from_available(
        call,
        "Reward",
        row["requester_id"],
        row["worker_id"],
        amount=Money(hit["reward_micros"]),
        fee=Money(hit["fee_micros"]),
        hit_id=row["hit_id"],
        assignment_id=row["assignment_id"],
    )
    outbox.drop_rejection(call, row["assignment_id"])
    _append_event(call, "AssignmentApproved", row["assignment_id"], row, moved=("Rejected", "Approved"))


def _append_event(call: Call, kind: events.EventKind, assignment_id: str, row: Row, *, moved: tuple[str, str]) -> None:
    events.append(
        call,
        kind,
        requester_id=row["requester_id"],
        worker_id=row["worker_id"],
        hit_id=row["hit_id"],
        assignment_id=assignment_id,
        moved=moved,
    )
