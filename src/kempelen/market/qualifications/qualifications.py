"""Qualifications: the scores that Workers hold, and the built-in values that follow from a Worker's record.

A qualification is Granted or Revoked; a revoked one is kept and counts as absent. Requesters grant and revoke those of
their own types; the operator those of built-in types that are a matter of choice (Masters, Adult, premium ones). Other
built-in values are never stored: they are computed from the Worker's account and history.
Source: docs/mturk/api.md 3.5, 4.3 and 7.3.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from kempelen.core.rules import requirements
from kempelen.core.wire import bounds
from kempelen.core.wire.errors import (
    InvalidQualificationState,
    QualificationDoesNotExist,
    QualificationTypeDoesNotExist,
)
from kempelen.core.wire.operations import operation, transaction
from kempelen.core.wire.refusals import InvalidField, QualificationNotHeld
from kempelen.core.wire.shapes import (
    EntityId,
    Integer,
    Locale,
    MaxResults,
    NextToken,
    QualificationStatus,
    Structure,
    WorkerId,
)
from kempelen.market.foundation import events, outbox, pages
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import keeps
from kempelen.market.people import accounts
from kempelen.market.qualifications import qualification_types
from kempelen.store.database import Row, instant

MAX_REASON = 1_024
DEFAULT_VALUE = 1
GIVEN_UP = "You gave up this qualification."
_MEASURED = frozenset({requirements.APPROVED, requirements.PERCENT_APPROVED, requirements.LOCALE})

ON_ACCOUNT_DELETION = (
    keeps("qualification", "scores that Requesters gave, under the id alone"),
    keeps("worker_record", "numbers of decisions"),
)


class Qualification(Structure, frozen=True, kw_only=True):
    """A Worker's score. Source: docs/mturk/api.md 3.5."""

    qualification_type_id: EntityId
    worker_id: WorkerId
    grant_time: datetime
    integer_value: Integer | None
    locale_value: Locale | None = None
    status: QualificationStatus


class QualificationAnswer(Structure, frozen=True, kw_only=True):
    """One qualification."""

    qualification: Qualification


class QualificationPage(Structure, frozen=True, kw_only=True):
    """A page of qualifications; the token continues it, `num_results` counts this page."""

    next_token: NextToken | None
    num_results: Integer
    qualifications: list[Qualification]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What the built-in qualifications of a Worker are made of."""

    submitted: int = 0
    approved: int = 0
    rejected: int = 0
    country: str | None = None
    subdivision: str | None = None
    adult: int = 0
    is_worker: bool = False

    @property
    def locale_in_words(self) -> str:
        """ "US-WA", "IN", or nothing when it is not known."""
        return "-".join(filter(None, (self.country, self.subdivision)))

    def values(self) -> Mapping[str, int | None]:
        """The value of each built-in type that everybody has; nothing for who is no Worker."""
        if not self.is_worker:
            return {}
        locale = self.country and requirements.locale_number(self.country, self.subdivision)
        percent = requirements.percent_approved(
            submitted=self.submitted, approved=self.approved, rejected=self.rejected
        )
        return {
            requirements.APPROVED: self.approved,
            requirements.PERCENT_APPROVED: percent,
            requirements.ADULT: self.adult,
            requirements.LOCALE: locale or None,
        }


# ---------------------------------------------------------------------------------------------- the Requester's


@operation
def associate_qualification_with_worker(
    call: Call,
    *,
    qualification_type_id: EntityId,
    worker_id: WorkerId,
    integer_value: Integer = DEFAULT_VALUE,
    send_notification: bool = True,
) -> None:
    """Give a Worker a score of one of the caller's types, whether they asked or not; one they have is replaced.

    A request that waits goes on waiting; accepting it later may change the score. Source: API reference,
    AssociateQualificationWithWorker; docs/mturk/api.md 2.3.
    """
    accounts.worker(call, worker_id)
    qualification_types.check_stays(qualification_types.own(call, qualification_type_id))
    grant(call, qualification_type_id, worker_id, integer_value)
    if send_notification:
        _append_event(call, "QualificationNoticeDue", qualification_type_id, worker_id)


@operation
def disassociate_qualification_from_worker(
    call: Call, *, worker_id: WorkerId, qualification_type_id: EntityId, reason: str | None = None
) -> None:
    """Take a Worker's score of one of the caller's types away; the Worker sees the reason.

    Source: API reference, DisassociateQualificationFromWorker; docs/mturk/api.md 2.13.
    """
    bounds.check_length("reason", reason or "", MAX_REASON)
    accounts.worker(call, worker_id)
    qualification_types.own(call, qualification_type_id)
    if not _revoke(call, qualification_type_id, worker_id, reason):
        _held(call, qualification_type_id, worker_id)
        raise InvalidQualificationState()


@operation(reads=True)
def get_qualification_score(call: Call, *, qualification_type_id: EntityId, worker_id: WorkerId) -> QualificationAnswer:
    """A Worker's score of one of the caller's types; all other types are as if it had never been granted.

    Source: API reference, GetQualificationScore; docs/mturk/api.md 2.18.
    """
    accounts.worker(call, worker_id)
    try:
        row = qualification_types.known(call, qualification_type_id)
    except QualificationTypeDoesNotExist:
        raise QualificationDoesNotExist() from None
    if row["requester_id"] != call.caller:
        raise QualificationDoesNotExist()
    held = _held(call, qualification_type_id, worker_id)
    if held["status"] != "Granted":
        raise InvalidQualificationState()
    return QualificationAnswer(qualification=_record(held))


@operation(reads=True)
def list_workers_with_qualification_type(
    call: Call,
    *,
    qualification_type_id: EntityId,
    status: QualificationStatus = "Granted",
    next_token: NextToken | None = None,
    max_results: MaxResults = 10,
) -> QualificationPage:
    """The scores of one of the caller's types that are Granted, or with `status` those Revoked, oldest grant first.

    Source: API reference, ListWorkersWithQualificationType; docs/mturk/api.md 2.29.
    """
    qualification_types.own(call, qualification_type_id)
    list_of = ("ListWorkersWithQualificationType", qualification_type_id, status)
    granted_at, after_id = pages.position_after(call, next_token, *list_of) or (-(2**62), "")
    rows = call.db.all(
        """
        SELECT * FROM qualification
         WHERE qualification_type_id = :type_id AND status = :status
           AND (granted_at, worker_id) > (:granted_at, :after_id)
         ORDER BY granted_at, worker_id LIMIT :max_results
        """,
        type_id=qualification_type_id,
        status=status,
        granted_at=granted_at,
        after_id=after_id,
        max_results=max_results,
    )
    last = (rows[-1]["granted_at"], rows[-1]["worker_id"]) if rows else None
    return QualificationPage(
        next_token=pages.token_after(call, last, *list_of),
        num_results=len(rows),
        qualifications=[_record(row) for row in rows],
    )


def grant(call: Call, type_id: str, worker_id: str, value: int, *, is_new: bool = False) -> None:
    """A Worker holds this score from now on. GrantTime is when it last became Granted, or now if granted `is_new`."""
    before = None
    while before is None:  # another process may be first with the first one
        before = _put(call, type_id, worker_id, value, is_new=is_new)
    _append_event(call, "QualificationGranted", type_id, worker_id, moved=(before, "Granted"))


def _put(call: Call, type_id: str, worker_id: str, value: int, *, is_new: bool) -> str | None:
    """Write a score down; the status it was in before, "" when there was none, None when that has just changed."""
    about: dict[str, str | int | datetime] = {
        "type_id": type_id,
        "worker_id": worker_id,
        "value": value,
        "now": call.now,
    }
    made = call.db.run(
        """
        INSERT INTO qualification (worker_id, qualification_type_id, status, value, granted_at)
        VALUES (:worker_id, :type_id, 'Granted', :value, :now)
        ON CONFLICT (worker_id, qualification_type_id) DO NOTHING
        """,
        **about,
    )
    if made:
        return ""
    changed = call.db.run(
        """
        UPDATE qualification SET value = :value, granted_at = CASE WHEN :is_new = 1 THEN :now ELSE granted_at END
         WHERE qualification_type_id = :type_id AND worker_id = :worker_id AND status = 'Granted'
        """,
        is_new=is_new,
        **about,
    )
    if changed:
        return "Granted"
    restored = call.db.run(
        """
        UPDATE qualification SET value = :value, status = 'Granted', granted_at = :now, revoked_at = NULL, reason = NULL
         WHERE qualification_type_id = :type_id AND worker_id = :worker_id AND status = 'Revoked'
        """,
        **about,
    )
    return "Revoked" if restored else None


def _revoke(call: Call, type_id: str, worker_id: str, reason: str | None) -> bool:
    """Granted becomes Revoked; False when it was not Granted."""
    changed = call.db.run(
        """
        UPDATE qualification SET status = 'Revoked', revoked_at = :now, reason = :reason
         WHERE qualification_type_id = :type_id AND worker_id = :worker_id AND status = 'Granted'
        """,
        now=call.now,
        reason=reason or None,
        type_id=type_id,
        worker_id=worker_id,
    )
    if changed:
        outbox.drop_grant(call, type_id, worker_id)
        _append_event(call, "QualificationRevoked", type_id, worker_id, moved=("Granted", "Revoked"))
    return changed == 1


def _held(call: Call, type_id: str, worker_id: str) -> Row:
    """A Worker's score, granted or revoked; QualificationDoesNotExist when there never was one."""
    row = call.db.one(
        "SELECT * FROM qualification WHERE qualification_type_id = :type_id AND worker_id = :worker_id",
        type_id=type_id,
        worker_id=worker_id,
    )
    if row is None:
        raise QualificationDoesNotExist()
    return row


def _record(row: Row) -> Qualification:
    return Qualification(
        qualification_type_id=row["qualification_type_id"],
        worker_id=row["worker_id"],
        grant_time=instant(row["granted_at"]),
        integer_value=row["value"],
        status=row["status"],
    )


def _append_event(
    call: Call, kind: events.EventKind, type_id: str, worker_id: str, *, moved: tuple[str, str] | None = None
) -> None:
    owner = call.db.one(
        "SELECT requester_id FROM qualification_type WHERE qualification_type_id = :type_id", type_id=type_id
    )
    assert owner is not None
    events.append(
        call,
        kind,
        requester_id=owner["requester_id"],
        worker_id=worker_id,
        qualification_type_id=type_id,
        moved=moved,
    )


# ---------------------------------------------------------------------------------------------- the Worker's


@transaction(lane="qualification_type_id")
def give_up(call: Call, *, qualification_type_id: str) -> None:
    """The calling Worker no longer wants a qualification of a Requester's; it counts as revoked."""
    row = call.db.one(
        """
        SELECT 1 AS held FROM qualification q
          JOIN qualification_type t ON t.qualification_type_id = q.qualification_type_id
         WHERE q.worker_id = :caller AND q.qualification_type_id = :type_id AND t.requester_id IS NOT NULL
        """,
        caller=call.caller,
        type_id=qualification_type_id,
    )
    if row is None or not _revoke(call, qualification_type_id, call.caller, GIVEN_UP):
        raise QualificationNotHeld()


def record_of(call: Call, worker_id: str) -> Record:
    """What a Worker's built-in qualifications are made of at this moment; of somebody else, that they are no Worker."""
    row = call.db.one(
        """
        SELECT w.country, w.subdivision,
               (SELECT q.value FROM qualification q
                 WHERE q.worker_id = w.worker_id AND q.qualification_type_id = :adult
                   AND q.status = 'Granted') AS adult,
               COALESCE(SUM(r.submitted), 0) AS submitted, COALESCE(SUM(r.approved), 0) AS approved,
               COALESCE(SUM(r.rejected), 0) AS rejected
          FROM worker w LEFT JOIN worker_record r ON r.worker_id = w.worker_id
         WHERE w.worker_id = :worker_id
         GROUP BY w.worker_id, w.country, w.subdivision
        """,
        adult=requirements.ADULT,
        worker_id=worker_id,
    )
    if row is None:
        return Record()
    return Record(
        submitted=row["submitted"],
        approved=row["approved"],
        rejected=row["rejected"],
        country=row["country"],
        subdivision=row["subdivision"],
        adult=row["adult"] or 0,
        is_worker=True,
    )


def count_submitted(call: Call, worker_id: str, requester_id: str) -> None:
    """One more submission on a Worker's record; one row per Requester, so that no row is shared between them."""
    call.db.run(
        """
        INSERT INTO worker_record (worker_id, requester_id, submitted, approved, rejected)
        VALUES (:worker_id, :requester_id, 1, 0, 0)
        ON CONFLICT (worker_id, requester_id) DO UPDATE SET submitted = worker_record.submitted + 1
        """,
        worker_id=worker_id,
        requester_id=requester_id,
    )


def count_decided(call: Call, worker_id: str, requester_id: str, *, approved: int = 0, rejected: int = 0) -> None:
    """One more decision on a Worker's record; an overridden rejection is one less."""
    changed = call.db.run(
        """
        UPDATE worker_record SET approved = approved + :approved, rejected = rejected + :rejected
         WHERE worker_id = :worker_id AND requester_id = :requester_id
        """,
        worker_id=worker_id,
        requester_id=requester_id,
        approved=approved,
        rejected=rejected,
    )
    assert changed == 1


# ---------------------------------------------------------------------------------------------- the operator's


@transaction(lane="qualification_type_id")
def grant_as_operator(call: Call, *, qualification_type_id: str, worker_id: str, value: int = DEFAULT_VALUE) -> None:
    """Give a Worker a score of any type, built in or a Requester's; InvalidField says what is wrong."""
    check_grantable(call, qualification_type_id=qualification_type_id, worker_id=worker_id, value=value)
    grant(call, qualification_type_id, worker_id, value)


@transaction(lane="qualification_type_id")
def revoke_as_operator(call: Call, *, qualification_type_id: str, worker_id: str, reason: str | None = None) -> None:
    """Take a Worker's score of any type away; InvalidField when they do not hold one."""
    check_grantable(call, qualification_type_id=qualification_type_id, worker_id=worker_id, value=None)
    if not _revoke(call, qualification_type_id, worker_id, reason):
        raise InvalidField(
            field="worker", reason="Worker {worker} does not hold {type}.", worker=worker_id, type=qualification_type_id
        )


@transaction(reads=True)
def list_holders(call: Call, *, qualification_type_id: str) -> list[Qualification]:
    """Everybody who holds or held a score of this type, by WorkerId."""
    rows = call.db.all(
        "SELECT * FROM qualification WHERE qualification_type_id = :type_id ORDER BY worker_id",
        type_id=qualification_type_id,
    )
    return [_record(row) for row in rows]


@transaction(lane="qualification_type_id")
def check_grantable(call: Call, *, qualification_type_id: str, worker_id: str, value: int | None) -> None:
    """Refuse what the operator cannot give, or with no value take away: InvalidField says why."""
    if qualification_type_id in _MEASURED:
        raise InvalidField(field="type", reason="This value follows from the Worker's account and history.")
    try:
        qualification_types.known(call, qualification_type_id)
    except QualificationTypeDoesNotExist as unknown:
        raise InvalidField(field="type", reason="{unknown}", unknown=unknown.message) from None
    if not accounts.is_worker(call, worker_id):
        raise InvalidField(field="worker", reason="There is no Worker {worker}.", worker=worker_id)
    low, high = requirements.RANGES.get(qualification_type_id, (requirements.LOWEST, requirements.HIGHEST))
    if value is not None and not low <= value <= high:
        raise InvalidField(field="value", reason="Values of this type range from {low} to {high}.", low=low, high=high)
