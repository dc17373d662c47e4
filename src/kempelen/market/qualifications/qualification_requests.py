"""Qualification requests: Workers asking for a qualification, taking its test, and its Requester deciding.

A request begins InTest when its type has a test: submitted in time it is scored by the answer key and Granted, or
without a key Submitted; too late it has Lapsed and nobody hears of it. A request without a test is Submitted at once,
or Granted where that is automatic. A Requester sees those that are Submitted. Every request, however it ended, counts
when the Worker asks again: once ever, or again after the type's retry delay. Source: spec api.md 3.6 and 4.3,
worker.md 6.
"""

from datetime import datetime, timedelta

import msgspec

from kempelen.core.questions import qualification_tests
from kempelen.core.rules import requirements
from kempelen.core.texts import translatable
from kempelen.core.wire import bounds
from kempelen.core.wire.errors import (
    AccountClosed,
    InvalidField,
    InvalidQualificationRequestState,
    PermissionDenied,
    QualificationAlreadyRequested,
    QualificationNotOffered,
    QualificationRequestDoesNotExist,
    QualificationTestDoesNotExist,
    QualificationTestNotOpen,
    RetryNotAllowed,
    RetryTooEarly,
    WorkerRefusal,
)
from kempelen.core.wire.operations import operation, transaction
from kempelen.core.wire.shapes import EntityId, Integer, MaxResults, NextToken, Structure, WorkerId
from kempelen.market.foundation import events, pages
from kempelen.market.foundation.call import Call, statement
from kempelen.market.qualifications import qualification_types, qualifications
from kempelen.store.database import Row, instant

MAX_REASON = 1_024
MAX_ANSWER = 1_000_000  # characters; far above what a form holds
PAGE_SIZES = (20, 50, 100)
_ENDED = {
    "Submitted": translatable("You have handed it in already, and the Requester has yet to decide."),
    "Granted": translatable("You have handed it in already."),
    "Rejected": translatable("Your request was rejected."),
    "Lapsed": translatable("Its time ran out."),
}


class QualificationRequest(Structure, frozen=True, kw_only=True):
    """A request that awaits its Requester's decision. Source: spec api.md 3.6."""

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


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A type as one Worker stands to it: the score they hold or held, their last request, whether they may ask now.

    `held` is Granted, Revoked or empty. `request` is the status of the last request, or empty. `why_not` says why
    they may not ask, and `again_at` from when they may. `is_deleted` says that its Requester has deleted it.
    `is_scored` says that a test's answers are scored at once, by the Requester's answer key.
    """

    qualification_type_id: str
    name: str
    description: str
    keywords: str
    requester_id: str
    requester_name: str
    is_requestable: bool
    is_deleted: bool
    has_test: bool
    is_scored: bool
    test_duration_in_seconds: int | None
    auto_granted: bool
    retry_delay_in_seconds: int | None
    held: str
    value: int | None
    value_in_words: str
    granted_at: datetime | None
    revoked_at: datetime | None
    revocation_reason: str
    request: str
    request_id: str
    requested_at: datetime | None
    due_at: datetime | None
    decided_at: datetime | None
    rejection_reason: str
    may_request: bool
    why_not: str
    again_at: datetime | None
    now: datetime

    @property
    def was_given_up(self) -> bool:
        """Was it the Worker who let go of it?"""
        return self.revocation_reason == qualifications.GIVEN_UP


class StandingPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of types as a Worker stands to them; the token continues it."""

    items: list[Standing]
    next_token: str | None


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """A test that a Worker is taking, or has taken when it is not `is_on` any more."""

    request_id: str
    qualification_type_id: str
    name: str
    description: str
    requester_name: str
    test: str
    started_at: datetime
    due_at: datetime
    now: datetime
    is_on: bool = True


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

    Source: API reference, ListQualificationRequests; spec api.md 2.24.
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

    Source: API reference, AcceptQualificationRequest; spec api.md 2.1.
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
    _append_event(call, "QualificationRequestGranted", row, moved=("Submitted", "Granted"))
    qualifications.grant(call, row["qualification_type_id"], row["worker_id"], integer_value, anew=True)
    _append_event(call, "QualificationNoticeDue", row)


@operation
def reject_qualification_request(call: Call, *, qualification_request_id: str, reason: str | None = None) -> None:
    """Refuse what a Worker asks for; the Worker sees the reason and keeps the score they may have.

    Source: API reference, RejectQualificationRequest; spec api.md 2.32.
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
    _append_event(call, "QualificationRequestRejected", row, moved=("Submitted", "Rejected"))


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
def request(call: Call, *, qualification_type_id: str) -> Standing:
    """The calling Worker asks for a qualification: it is granted at once, or its test begins, or the request waits.

    The standing afterwards says which. A test that has begun is gone on with. Refused, in this order: account closed,
    not offered, asked for already, asked for before and not again, or not yet. Source: spec worker.md 6.
    """
    turn = call.db.run(
        "UPDATE worker SET turn = turn + 1 WHERE worker_id = :caller AND status = 'Active'", caller=call.caller
    )
    if not turn:
        raise AccountClosed()
    call.db.share(qualification_types.lock_of(qualification_type_id))
    row = _row(call, qualification_type_id)
    if row["request_status"] == "InTest":
        return _standing(call, row)
    refusal = why_not(call, row)
    if refusal is not None:
        raise refusal
    _begin(call, row)
    return get_standing(call, qualification_type_id=qualification_type_id)


@transaction(lane="request_id")
def submit_test(call: Call, *, request_id: str, answer: str) -> Standing:
    """Hand in a test (QuestionFormAnswers XML) before its time is over; with an answer key the score is granted."""
    if len(answer) > MAX_ANSWER:
        raise InvalidField(field="answer", reason="This answer is too large to be kept.")
    row = _test_row(call, request_id)
    value = None
    if row["answer_key"] is not None:
        score = qualification_tests.score(row["test"], row["answer_key"], answer)
        value = min(max(score, requirements.LOWEST), requirements.HIGHEST)
    submitted = call.db.run(
        """
        UPDATE qualification_request SET answer = :answer, submitted_at = :now, value = :value, status = :status,
               decided_at = CASE WHEN :status = 'Granted' THEN :now ELSE NULL END
         WHERE request_id = :request_id AND worker_id = :caller AND status = 'InTest' AND due_at > :now
        """,
        answer=answer,
        now=call.now,
        value=value,
        status="Submitted" if value is None else "Granted",
        request_id=request_id,
        caller=call.caller,
    )
    if not submitted:
        raise QualificationTestNotOpen(because=_ENDED.get(row["status"], _ENDED["Lapsed"]))
    if value is None:
        _append_event(call, "QualificationRequested", row, moved=("InTest", "Submitted"))
    else:
        _append_event(call, "QualificationRequestGranted", row, moved=("InTest", "Granted"))
        qualifications.grant(call, row["qualification_type_id"], call.caller, value, anew=True)
    return get_standing(call, qualification_type_id=row["qualification_type_id"])


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
        _append_event(call, "QualificationTestLapsed", row, moved=("InTest", "Lapsed"))


def why_not(call: Call, row: Row) -> WorkerRefusal | None:
    """Why the Worker may not ask for this type now; None when they may. The row is the type with their last request."""
    if row["status"] != "Active" or not row["is_requestable"]:
        return QualificationNotOffered()
    if row["request_status"] in ("InTest", "Submitted"):
        return QualificationAlreadyRequested()
    again_at = _again_at(row)
    if row["request_id"] is None or (again_at is not None and again_at <= call.now):
        return None
    return RetryNotAllowed() if again_at is None else RetryTooEarly(again_at=again_at)


def _again_at(row: Row) -> datetime | None:
    """When the retry delay after the last request is over; None when there is no such moment."""
    if row["request_id"] is None or row["retry_delay_in_seconds"] is None:
        return None
    return instant(row["requested_at"]) + timedelta(seconds=row["retry_delay_in_seconds"])


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
    _append_event(call, _BEGINS[status], {**row, "worker_id": call.caller}, moved=("", status))
    if status == "Granted":
        qualifications.grant(call, row["qualification_type_id"], call.caller, row["auto_granted_value"], anew=True)


_BEGINS: dict[str, events.EventKind] = {
    "Granted": "QualificationRequestGranted",
    "InTest": "QualificationTestBegun",
    "Submitted": "QualificationRequested",
}


def _append_event(call: Call, kind: events.EventKind, row: Row, *, moved: tuple[str, str] | None = None) -> None:
    events.append(
        call,
        kind,
        requester_id=row["requester_id"],
        worker_id=row["worker_id"],
        qualification_type_id=row["qualification_type_id"],
        moved=moved,
    )


# ---------------------------------------------------------------------------------------------- the Worker looks


@transaction(reads=True)
def get_standing(call: Call, *, qualification_type_id: str) -> Standing:
    """One type as the calling Worker stands to it, built in or a Requester's."""
    return _standing(call, _row(call, qualification_type_id))


@transaction(reads=True)
def get_test(call: Call, *, request_id: str, may_be_over: bool = False) -> Test:
    """A test that the calling Worker is taking; QualificationTestNotOpen says what became of one that is over."""
    row = _test_row(call, request_id)
    is_on = row["status"] == "InTest" and instant(row["due_at"]) > call.now
    if not is_on and not may_be_over:
        raise QualificationTestNotOpen(because=_ENDED.get(row["status"], _ENDED["Lapsed"]))
    return Test(
        request_id=request_id,
        qualification_type_id=row["qualification_type_id"],
        name=row["name"],
        description=row["description"],
        requester_name=row["requester_name"],
        test=row["test"],
        started_at=instant(row["requested_at"]),
        due_at=instant(row["due_at"]),
        now=call.now,
        is_on=is_on,
    )


@transaction(lane="request_id")
def was_handed_in(call: Call, *, request_id: str, answer: str) -> bool:
    """Did the calling Worker hand in just this test with just this answer before?"""
    row = _test_row(call, request_id)
    return row["submitted_at"] is not None and row["answer"] == answer


@transaction(reads=True)
def list_held(call: Call, *, revoked: bool = False, next_token: str | None = None, page_size: int = 20) -> StandingPage:
    """What the calling Worker holds, by name; with `revoked` what they held once, with the reason why no more."""
    status = "Revoked" if revoked else "Granted"
    return _page(call, _HELD, next_token, page_size, ("held", status), status=status)


@transaction(reads=True)
def list_requested(call: Call, *, next_token: str | None = None, page_size: int = 20) -> StandingPage:
    """The types that the calling Worker has asked for and whose Requester has yet to decide, or whose test is on."""
    return _page(call, _REQUESTED, next_token, page_size, ("requested",))


@transaction(reads=True)
def list_available(call: Call, *, search: str = "", next_token: str | None = None, page_size: int = 20) -> StandingPage:
    """The types that can be asked for and have all words of the search, by name; `may_request` says if now."""
    words = qualification_types.searched(search)
    return _page(call, _AVAILABLE[len(words)], next_token, page_size, ("available", search), **words)


@transaction(reads=True)
def list_measured(call: Call) -> list[Standing]:
    """The built-in values of the calling Worker that everybody has: approvals, their rate, adult, location."""
    types = (requirements.PERCENT_APPROVED, requirements.APPROVED, requirements.LOCALE, requirements.ADULT)
    return [get_standing(call, qualification_type_id=type_id) for type_id in types]


# The caller's last request for each type `t`, as `a`.
LAST_REQUEST = """
      LEFT JOIN qualification_request a
        ON a.request_id = (SELECT l.request_id FROM qualification_request l
                            WHERE l.worker_id = :caller AND l.qualification_type_id = t.qualification_type_id
                            ORDER BY l.requested_at DESC, l.request_id DESC LIMIT 1)
"""
_SELECT = """
    SELECT t.*, x.test_duration_in_seconds, x.answer_key, o.name AS requester_name,
           q.status AS held, q.value, q.granted_at, q.revoked_at, q.reason AS revocation_reason,
           a.request_id, a.status AS request_status, a.requested_at, a.due_at, a.decided_at, a.reason
      FROM
"""
_JOINED = f"""
      LEFT JOIN qualification_test x ON x.test_id = t.test_id
      LEFT JOIN requester o ON o.requester_id = t.requester_id
      LEFT JOIN qualification q
        ON q.worker_id = :caller AND q.qualification_type_id = t.qualification_type_id
      {LAST_REQUEST}
     WHERE (t.world IS NULL OR t.world = :world)
"""
_EXISTS = "AND t.status <> 'Disposed'"
_COLUMNS = statement(_SELECT, "qualification_type t", _JOINED)
_BY_NAME = statement("AND", qualification_types.BY_NAME[0].condition, qualification_types.BY_NAME[0].order)
# Who has asked for a type or has held it learns at its address that it was deleted.
_ONE = statement(
    _COLUMNS,
    "AND t.qualification_type_id = :type_id",
    "AND (t.status <> 'Disposed' OR a.request_id IS NOT NULL OR q.status IS NOT NULL)",
)
_HELD = statement(
    _COLUMNS,
    _EXISTS,
    """
       AND t.qualification_type_id IN (SELECT h.qualification_type_id FROM qualification h WHERE h.worker_id = :caller)
       AND q.status = :status
    """,
    _BY_NAME,
)
_REQUESTED = statement(
    _COLUMNS,
    _EXISTS,
    """
       AND t.qualification_type_id IN (SELECT w.qualification_type_id FROM qualification_request w
                                        WHERE w.worker_id = :caller AND w.status IN ('InTest', 'Submitted'))
    """,
    _BY_NAME,
)
_AVAILABLE = [
    statement(
        _SELECT,
        by.tables,
        _JOINED,
        _EXISTS,
        "AND t.status = 'Active' AND t.is_requestable = 1 AND",
        by.condition,
        by.order,
    )
    for by in qualification_types.BY_NAME
]


def _row(call: Call, type_id: str) -> Row:
    row = call.db.one(_ONE, type_id=type_id, caller=call.caller, world=qualification_types.world(call))
    if row is None:
        raise QualificationNotOffered()
    return row


def _page(
    call: Call, sql: str, next_token: str | None, page_size: int, list_of: tuple[object, ...], **values: str
) -> StandingPage:
    page_size = page_size if page_size in PAGE_SIZES else PAGE_SIZES[0]
    rows = call.db.all(
        sql,
        caller=call.caller,
        world=qualification_types.world(call),
        page_size=page_size,
        **qualification_types.place_after(call, next_token, list_of),
        **values,
    )
    last = (0, rows[-1]["qualification_type_id"]) if len(rows) == page_size else None
    return StandingPage(
        items=[_standing(call, row) for row in rows], next_token=pages.token_after(call, last, *list_of)
    )


def _test_row(call: Call, request_id: str) -> Row:
    """A request of the calling Worker's with its test."""
    row = call.db.one(
        """
        SELECT r.*, x.test, x.answer_key, t.name, t.description, o.name AS requester_name
          FROM qualification_request r
          JOIN qualification_test x ON x.test_id = r.test_id
          JOIN qualification_type t ON t.qualification_type_id = r.qualification_type_id
          JOIN requester o ON o.requester_id = r.requester_id
         WHERE r.request_id = :request_id AND r.worker_id = :caller
        """,
        request_id=request_id,
        caller=call.caller,
    )
    if row is None:
        raise QualificationTestDoesNotExist()
    return row


def _standing(call: Call, row: Row) -> Standing:
    def at(name: str) -> datetime | None:
        return None if row[name] is None else instant(row[name])

    type_id, refusal = row["qualification_type_id"], why_not(call, row)
    value, words = _value(call, row)
    return Standing(
        qualification_type_id=type_id,
        name=requirements.NAMES.get(type_id) or row["name"],
        description=row["description"],
        keywords=row["keywords"] or "",
        requester_id=row["requester_id"] or "",
        requester_name=row["requester_name"] or "",
        is_requestable=bool(row["is_requestable"]) and row["status"] == "Active",
        is_deleted=row["status"] in ("Disposing", "Disposed"),
        has_test=row["test_id"] is not None,
        is_scored=row["answer_key"] is not None,
        test_duration_in_seconds=row["test_duration_in_seconds"],
        auto_granted=bool(row["auto_granted"]),
        retry_delay_in_seconds=row["retry_delay_in_seconds"],
        held=row["held"] or ("Granted" if value is not None else ""),
        value=value,
        value_in_words=words,
        granted_at=at("granted_at"),
        revoked_at=at("revoked_at"),
        revocation_reason=row["revocation_reason"] or "",
        request=row["request_status"] or "",
        request_id=row["request_id"] or "",
        requested_at=at("requested_at"),
        due_at=at("due_at"),
        decided_at=at("decided_at"),
        rejection_reason=row["reason"] or "",
        may_request=refusal is None,
        why_not="" if refusal is None else refusal.message,
        again_at=_again_at(row),
        now=call.now,
    )


def _value(call: Call, row: Row) -> tuple[int | None, str]:
    """The Worker's value as a number and in words; of a location in words alone."""
    type_id = row["qualification_type_id"]
    if type_id in requirements.NAMES:
        record = qualifications.record_of(call, call.caller)
        if type_id == requirements.LOCALE:
            return None, record.locale_in_words
        value = record.values().get(type_id)
    else:
        value = row["value"] if row["held"] == "Granted" else None
    return value, "" if value is None else str(value)
