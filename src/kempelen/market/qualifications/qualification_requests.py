"""Qualification requests: Workers ask for a qualification, and its Requester decides.

A request begins InTest when its type has a test: submitted in time it is scored by the answer key and Granted, or
without a key Submitted; too late it has Lapsed and nobody hears of it. A request without a test is Submitted at once,
or Granted where that is automatic. A Requester sees those that are Submitted. Every request, however it ended, counts
when the Worker asks again: once ever, or again after the type's retry delay. Source: docs/mturk/api.md 3.6 and 4.3,
docs/mturk/worker.md 6.
"""

from datetime import datetime

from kempelen.core.wire import bounds
from kempelen.core.wire.errors import (
    InvalidQualificationRequestState,
    PermissionDenied,
    QualificationRequestDoesNotExist,
)
from kempelen.core.wire.operations import operation, transaction
from kempelen.core.wire.refusals import AccountClosed
from kempelen.core.wire.shapes import EntityId, Integer, MaxResults, NextToken, Structure, WorkerId
from kempelen.market.foundation import events, pages
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import keeps
from kempelen.market.qualifications import qualification_types, qualifications, standings
from kempelen.store.database import Row, instant
from kempelen.store.select import statement

MAX_REASON = 1_024

ON_ACCOUNT_DELETION = (keeps("qualification_request", "tests that Requesters were given are theirs"),)


class QualificationRequest(Structure, frozen=True, kw_only=True):
    """A request that awaits its Requester's decision. Source: docs/mturk/api.md 3.6."""

    qualification_request_id: str
    qualification_type_id: EntityId
    worker_id: WorkerId
    test: str | None
    answer: str | None
    submit_time: datetime


class QualificationRequestPage(Structure, frozen=True, kw_only=True):
    """A page of requests; the token continues it, `num_results` counts this page."""

    num_results: Integer
    next_token: NextToken | None
    qualification_requests: list[QualificationRequest]


# ---------------------------------------------------------------------------------------------- the Requester's


@operation(reads=True)
def list_qualification_requests(
    call: Call,
    *,
    qualification_type_id: EntityId | None = None,
    next_token: NextToken | None = None,
    max_results: MaxResults = 10,
) -> QualificationRequestPage:
    """The requests that await the caller's decision, of one type or all, oldest first.

    Source: API reference, ListQualificationRequests; docs/mturk/api.md 2.24.
    """
    if qualification_type_id is not None:
        qualification_types.own(call, qualification_type_id)
    list_of = ("ListQualificationRequests", qualification_type_id)
    submitted_at, after_id = pages.position_after(call, next_token, *list_of) or (-(2**62), "")
    page: dict[str, str | int] = {"submitted_at": submitted_at, "after_id": after_id, "max_results": max_results}
    if qualification_type_id is None:
        rows = call.db.all(_PENDING, caller=call.caller, **page)
    else:
        rows = call.db.all(_PENDING_OF_TYPE, type_id=qualification_type_id, **page)
    last = (rows[-1]["submitted_at"], rows[-1]["request_id"]) if rows else None
    return QualificationRequestPage(
        num_results=len(rows),
        next_token=pages.token_after(call, last, *list_of),
        qualification_requests=[_record(row) for row in rows],
    )


_PENDING_COLUMNS = """
    SELECT r.*, x.test FROM qualification_request r LEFT JOIN qualification_test x ON x.test_id = r.test_id
     WHERE r.status = 'Submitted' AND (r.submitted_at, r.request_id) > (:submitted_at, :after_id)
"""
_IN_ORDER = "ORDER BY r.submitted_at, r.request_id LIMIT :max_results"
_PENDING = statement(_PENDING_COLUMNS, "AND r.requester_id = :caller", _IN_ORDER)
_PENDING_OF_TYPE = statement(
    _PENDING_COLUMNS, "AND r.qualification_type_id = :type_id AND r.status IN ('InTest', 'Submitted')", _IN_ORDER
)


@operation
def accept_qualification_request(
    call: Call, *, qualification_request_id: str, integer_value: Integer = qualifications.DEFAULT_VALUE
) -> None:
    """Grant what a Worker asks for, with this score; one they have is replaced.

    Source: API reference, AcceptQualificationRequest; docs/mturk/api.md 2.1.
    """
    row = _own(call, qualification_request_id)
    accepted = call.db.run(
        """
        UPDATE qualification_request SET status = 'Granted', decided_at = :now, value = :value
         WHERE request_id = :request_id AND status = 'Submitted'
        """,
        now=call.now,
        value=integer_value,
        request_id=qualification_request_id,
    )
    if not accepted:
        raise InvalidQualificationRequestState()
    append_event(call, "QualificationRequestGranted", row, moved=("Submitted", "Granted"))
    qualifications.grant(call, row["qualification_type_id"], row["worker_id"], integer_value, is_new=True)
    append_event(call, "QualificationNoticeDue", row)


@operation
def reject_qualification_request(call: Call, *, qualification_request_id: str, reason: str | None = None) -> None:
    """Refuse what a Worker asks for; the Worker sees the reason and keeps the score they may have.

    Source: API reference, RejectQualificationRequest; docs/mturk/api.md 2.32.
    """
    bounds.check_length("reason", reason or "", MAX_REASON)
    row = _own(call, qualification_request_id)
    rejected = call.db.run(
        """
        UPDATE qualification_request SET status = 'Rejected', decided_at = :now, reason = :reason
         WHERE request_id = :request_id AND status = 'Submitted'
        """,
        now=call.now,
        reason=reason or None,
        request_id=qualification_request_id,
    )
    if not rejected:
        raise InvalidQualificationRequestState()
    append_event(call, "QualificationRequestRejected", row, moved=("Submitted", "Rejected"))


def _own(call: Call, request_id: str) -> Row:
    """A request for one of the caller's types that was, or is, theirs to decide."""
    row = call.db.one(
        "SELECT * FROM qualification_request WHERE request_id = :request_id AND submitted_at IS NOT NULL",
        request_id=request_id,
    )
    if row is None:
        raise QualificationRequestDoesNotExist(request_id=request_id)
    if row["requester_id"] != call.caller:
        raise PermissionDenied()
    return row


def _record(row: Row) -> QualificationRequest:
    return QualificationRequest(
        qualification_request_id=row["request_id"],
        qualification_type_id=row["qualification_type_id"],
        worker_id=row["worker_id"],
        test=row["test"],
        answer=row["answer"],
        submit_time=instant(row["submitted_at"]),
    )


# ---------------------------------------------------------------------------------------------- the Worker asks


@transaction(lane="qualification_type_id")
def request(call: Call, *, qualification_type_id: str) -> standings.Standing:
    """The calling Worker asks for a qualification: it is granted at once, or its test begins, or the request waits.

    The standing afterwards says which. A test that has begun is gone on with. Refused, in this order: account closed,
    not offered, asked for already, asked for before and not again, or not yet. Source: docs/mturk/worker.md 6.
    """
    turn = call.db.run(
        "UPDATE worker SET turn = turn + 1 WHERE worker_id = :caller AND status = 'Active'", caller=call.caller
    )
    if not turn:
        raise AccountClosed()
    call.db.share(qualification_types.lock_of(qualification_type_id))
    row = standings.row_of(call, qualification_type_id)
    if row["request_status"] == "InTest":
        return standings.as_standing(call, row)
    refusal = standings.why_not(call, row)
    if refusal is not None:
        raise refusal
    _begin(call, row)
    return standings.get_standing(call, qualification_type_id=qualification_type_id)


def lapse(call: Call, request_id: str) -> None:
    """The time for a test is over: the request has lapsed."""
    row = call.db.one(
        """
        UPDATE qualification_request SET status = 'Lapsed', decided_at = :now
         WHERE request_id = :request_id AND status = 'InTest' AND due_at <= :now
        RETURNING requester_id, worker_id, qualification_type_id
        """,
        now=call.now,
        request_id=request_id,
    )
    if row is not None:
        append_event(call, "QualificationTestLapsed", row, moved=("InTest", "Lapsed"))


def _begin(call: Call, row: Row) -> None:
    """A new request: Granted, InTest or Submitted, as the type has it."""
    status = "Granted" if row["auto_granted"] else "InTest" if row["test_id"] is not None else "Submitted"
    call.db.run(
        """
        INSERT INTO qualification_request (request_id, qualification_type_id, requester_id, worker_id, status, test_id,
                                           value, requested_at, due_at, submitted_at, decided_at)
        VALUES (:request_id, :type_id, :requester_id, :caller, :status, :test_id, :value, :now, :due_at,
                :submitted_at, :decided_at)
        """,
        request_id=call.new_id(),
        type_id=row["qualification_type_id"],
        requester_id=row["requester_id"],
        caller=call.caller,
        status=status,
        test_id=row["test_id"],
        value=row["auto_granted_value"] if status == "Granted" else None,
        now=call.now,
        due_at=call.later(seconds=row["test_duration_in_seconds"]) if status == "InTest" else None,
        submitted_at=call.now if status == "Submitted" else None,
        decided_at=call.now if status == "Granted" else None,
    )
    append_event(call, _BEGINS[status], {**row, "worker_id": call.caller}, moved=("", status))
    if status == "Granted":
        qualifications.grant(call, row["qualification_type_id"], call.caller, row["auto_granted_value"], is_new=True)


_BEGINS: dict[str, events.EventKind] = {
    "Granted": "QualificationRequestGranted",
    "InTest": "QualificationTestBegun",
    "Submitted": "QualificationRequested",
}


def append_event(call: Call, kind: events.EventKind, row: Row, *, moved: tuple[str, str] | None = None) -> None:
    """Append an event of a request, whose row names type, Requester and Worker."""
    events.append(
        call,
        kind,
        requester_id=row["requester_id"],
        worker_id=row["worker_id"],
        qualification_type_id=row["qualification_type_id"],
        moved=moved,
    )


# ---------------------------------------------------------------------------------------------- the Worker looks
