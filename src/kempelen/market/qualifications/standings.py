"""Standings: qualification types as one Worker stands to them: what they hold, have asked for, and may ask for.

Source: docs/mturk/worker.md 6.
"""

from datetime import datetime, timedelta

import msgspec

from kempelen.core.rules import requirements
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import (
    QualificationAlreadyRequested,
    QualificationNotOffered,
    RetryNotAllowed,
    RetryTooEarly,
    WorkerRefusal,
)
from kempelen.market.foundation import pages
from kempelen.market.foundation.call import Call
from kempelen.market.qualifications import qualification_types, qualifications, type_searches
from kempelen.store.database import Row, instant
from kempelen.store.select import statement

PAGE_SIZES = (20, 50, 100)


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


@transaction(reads=True)
def get_standing(call: Call, *, qualification_type_id: str) -> Standing:
    """One type as the calling Worker stands to it, built in or a Requester's."""
    return as_standing(call, row_of(call, qualification_type_id))


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
    words = type_searches.searched(search)
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
_BY_NAME = statement("AND", type_searches.BY_NAME[0].condition, type_searches.BY_NAME[0].order)
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
    for by in type_searches.BY_NAME
]


def row_of(call: Call, type_id: str) -> Row:
    """A type with what the caller holds of it and their last request; QualificationNotOffered when there is none."""
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
        **type_searches.place_after(call, next_token, list_of),
        **values,
    )
    last = (0, rows[-1]["qualification_type_id"]) if len(rows) == page_size else None
    return StandingPage(
        items=[as_standing(call, row) for row in rows], next_token=pages.token_after(call, last, *list_of)
    )


def as_standing(call: Call, row: Row) -> Standing:
    """The standing that a row of `row_of` holds."""

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
