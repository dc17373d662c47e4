"""Events: the audit log, appended in the transaction of each change.

An event holds ids, statuses and amounts, never answers, names or addresses, so that personal data can be deleted. Kinds
that Requesters can subscribe to have the wire's names. Ids are in the order in which things happened, also within one
moment. Deliveries that an event causes are added here, in its transaction.
"""

from datetime import datetime
from typing import Literal, get_args

import msgspec

from kempelen.core.money import Money
from kempelen.core.wire import names
from kempelen.core.wire.operations import transaction
from kempelen.market.foundation import outbox
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import keeps
from kempelen.store.database import Row, instant, ms
from kempelen.store.select import Select

EventKind = Literal[
    "AccessKeyAdded",
    "AccessKeyRevoked",
    "AssignmentAbandoned",
    "AssignmentAccepted",
    "AssignmentApproved",
    "AssignmentRejected",
    "AssignmentReturned",
    "AssignmentSubmitted",
    "BonusPaid",
    "Deposited",
    "EmailChangeNoticeDue",
    "EmailChangeRequested",
    "EmailChanged",
    "HITAssignable",
    "HITCreated",
    "HITDisposed",
    "HITExpirationChanged",
    "HITExpired",
    "HITExtended",
    "HITLayoutAdded",
    "HITReported",
    "HITReviewBegun",
    "HITReviewReverted",
    "HITReviewable",
    "HITTypeChanged",
    "HITTypeCreated",
    "HITUnassignable",
    "NotificationSettingsChanged",
    "PasswordChanged",
    "PasswordResetRequested",
    "QualificationGranted",
    "QualificationNoticeDue",
    "QualificationRequestGranted",
    "QualificationRequestRejected",
    "QualificationRequested",
    "QualificationRevoked",
    "QualificationTestBegun",
    "QualificationTestLapsed",
    "QualificationTypeCreated",
    "QualificationTypeDeleted",
    "QualificationTypeDisposed",
    "QualificationTypeUpdated",
    "ReportResolved",
    "RequesterActive",
    "RequesterAdded",
    "RequesterContacted",
    "RequesterSuspended",
    "Withdrawn",
    "WorkerActive",
    "WorkerAdded",
    "WorkerBlocked",
    "WorkerDeleted",
    "WorkerLocaleChanged",
    "WorkerNotified",
    "WorkerSuspended",
    "WorkerUnblocked",
]
KINDS: tuple[str, ...] = get_args(EventKind)
_BEFORE_ALL, _AFTER_ALL = "", "4"  # ids begin with 3

ON_ACCOUNT_DELETION = (keeps("event", "ids, statuses and amounts alone"),)


class Event(msgspec.Struct, frozen=True):
    """One thing that happened, as the audit log shows it; `actor` is a person's id, MARKET, OPERATOR or POLICY."""

    event_id: str
    happened_at: datetime
    kind: str
    actor: str
    requester_id: str | None
    worker_id: str | None
    hit_id: str | None
    assignment_id: str | None
    qualification_type_id: str | None
    from_status: str | None
    to_status: str | None
    amount: Money | None


def append(
    call: Call,
    kind: EventKind,
    *,
    requester_id: str | None = None,
    worker_id: str | None = None,
    hit_id: str | None = None,
    assignment_id: str | None = None,
    qualification_type_id: str | None = None,
    moved: tuple[str, str] | None = None,
    amount: Money | None = None,
    subject_id: str | None = None,
) -> None:
    """Record one event; `moved` is a status before and after, "" standing for not yet there.

    `subject_id` is the bonus or message that it is about, for the mail about it.
    """
    event_id = _next_id(call)
    before, after = moved or (None, None)
    call.db.run(
        """
        INSERT INTO event (event_id, kind, happened_at, actor, requester_id, worker_id, hit_id, assignment_id,
                           qualification_type_id, from_status, to_status, amount_micros)
        VALUES (:event_id, :kind, :now, :actor, :requester_id, :worker_id, :hit_id, :assignment_id,
                :qualification_type_id, :before, :after, :amount)
        """,
        event_id=event_id,
        kind=kind,
        now=call.now,
        actor=call.caller,
        requester_id=requester_id,
        worker_id=worker_id,
        hit_id=hit_id,
        assignment_id=assignment_id,
        qualification_type_id=qualification_type_id,
        before=before,
        after=after,
        amount=amount,
    )
    outbox.enqueue(
        call,
        kind,
        event_id=event_id,
        requester_id=requester_id,
        worker_id=worker_id,
        hit_id=hit_id,
        assignment_id=assignment_id,
        qualification_type_id=qualification_type_id,
        subject_id=subject_id,
    )


def _next_id(call: Call) -> str:
    """An id after those of all events before; the last of this moment is looked up once in a transaction."""
    moment = ms(call.now)
    about = f"events of {moment}"
    if about not in call.db.remembered:
        last = call.db.one(_LAST, begun=names.before_ids_of(moment), ended=names.before_ids_of(moment + 1))
        call.db.remembered[about] = 0 if last is None else names.number_in_order(last["event_id"])
    call.db.remembered[about] += 1
    return names.new_id_in_order(moment, call.db.remembered[about], call.random)


_LAST = """
SELECT event_id FROM event WHERE event_id > :begun AND event_id < :ended ORDER BY event_id DESC LIMIT 1
"""


# ---------------------------------------------------------------------------------------------- audit


@transaction(reads=True)
def list_events(
    call: Call,
    *,
    requester_id: str = "",
    worker_id: str = "",
    hit_id: str = "",
    assignment_id: str = "",
    kind: EventKind | Literal[""] = "",
    since: datetime | None = None,
    until: datetime | None = None,
    after: str = "",
    at_most: int = 500,
) -> list[Event]:
    """What happened, the earliest first: from `since`, up to `until` or before, about all of those that are named.

    The next page is what comes after the last event's id. Whatever is asked for, an index leads to it.
    """
    given = {
        "assignment_id": assignment_id,
        "hit_id": hit_id,
        "worker_id": worker_id,
        "requester_id": requester_id,
        "kind": kind,
    }
    narrowest = next((name for name in _FILTERS if given[name]), "")
    rows = call.db.all(
        _AUDIT[narrowest],
        **given,
        after=max(after, names.before_ids_of(ms(since)) if since else _BEFORE_ALL),
        before=names.before_ids_of(ms(until)) if until else _AFTER_ALL,
        at_most=at_most,
    )
    return [_event(row) for row in rows]


_FILTERS = ("assignment_id", "hit_id", "worker_id", "requester_id", "kind")  # the narrowest first
_EVENTS = Select("*", "event", ("event_id > :after", "event_id < :before"), "ORDER BY event_id LIMIT :at_most")
_AUDIT = {
    narrowest: _EVENTS.where(
        *(f"{name} = :{name}" if name == narrowest else f":{name} = '' OR {name} = :{name}" for name in _FILTERS)
    ).sql
    for narrowest in ("", *_FILTERS)
}


def _event(row: Row) -> Event:
    amount = row["amount_micros"]
    return Event(
        event_id=row["event_id"],
        happened_at=instant(row["happened_at"]),
        kind=row["kind"],
        actor=row["actor"],
        requester_id=row["requester_id"],
        worker_id=row["worker_id"],
        hit_id=row["hit_id"],
        assignment_id=row["assignment_id"],
        qualification_type_id=row["qualification_type_id"],
        from_status=row["from_status"],
        to_status=row["to_status"],
        amount=None if amount is None else Money(amount),
    )
