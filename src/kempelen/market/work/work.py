"""Work: the Worker's side of an assignment until it is submitted: accept, return, abandon, and the queue.

A Worker has one assignment of a HIT, unless it was returned or abandoned. The time counts from acceptance, whatever
happens to the HIT. Each slot is taken by one guarded statement, so 60 Workers racing for ten slots get ten.
Source: docs/mturk/api.md 4.2, docs/mturk/worker.md 2 and 5.
"""

from datetime import datetime

import msgspec

from kempelen.core.texts import translatable
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import (
    AccountClosed,
    BlockedByRequester,
    DailyLimitReached,
    HITAlreadyDone,
    HITNotReturnable,
    InvalidField,
    NoMoreHITs,
    QueueFull,
    WorkDoesNotExist,
    WorkNotOpen,
)
from kempelen.market.foundation import events
from kempelen.market.foundation.call import Call
from kempelen.market.hits import hits, listings, slots, uploads
from kempelen.market.people import worker_blocks
from kempelen.store.database import Row, instant
from kempelen.store.select import statement

MAX_REQUEST_TOKEN = 64
UNDO_SECONDS = 15  # in which a Worker can undo a Return
ENDED = {
    "Returned": translatable("You have returned it."),
    "Abandoned": translatable("Its time ran out before it was submitted, and its place went back."),
    "Submitted": translatable("You have submitted it already; the first answer counts."),
    "Approved": translatable("You have submitted it already, and it is approved."),
    "Rejected": translatable("You have submitted it already, and it was rejected."),
}


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """An assignment just accepted."""

    assignment_id: str
    hit_id: str
    hit_group_id: str
    due_at: datetime


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One of a Worker's own assignments with all that its page shows."""

    assignment_id: str
    hit_id: str
    group: listings.Group
    question: str
    status: str
    accepted_at: datetime
    due_at: datetime
    now: datetime


# ---------------------------------------------------------------------------------------------- accept, return, submit


@transaction(lane="group_id")
def accept(
    call: Call,
    *,
    group_id: str,
    hit_id: str | None = None,
    request_token: str | None = None,
    other_than: str | None = None,
) -> Accepted:
    """Accept one assignment of a HIT of this group: of the one named, else of any that the Worker has not had.

    `other_than` is the HIT of this group that the Worker skips.

    A `request_token` stands for one act: the same one again, from a double click or a reply that was lost, gets what it
    got before, as long as that is open. Refused, in this order: account closed, no such group, blocked,
    qualifications, queue full, daily limit, none left, already done. Source: docs/mturk/worker.md 2, 3 and 5.
    """
    if request_token is not None and len(request_token) > MAX_REQUEST_TOKEN:
        raise InvalidField(
            field="request_token",
            reason="A request token has at most {longest} characters.",
            longest=MAX_REQUEST_TOKEN,
        )
    take_turn(call)
    group = listings.get_group(call, group_id=group_id)
    if request_token and (before := _accepted_by(call, group, request_token)):
        return before
    if worker_blocks.is_blocked(call, requester_id=group.requester_id, worker_id=call.caller):
        raise BlockedByRequester()
    listings.check_may("AcceptHit", group)
    _check_limits(call)
    candidate = _named(call, group, hit_id) if hit_id is not None else _any(call, group, other_than)
    while candidate is not None:
        if slots.take_slot(call, candidate):
            return _begin(call, group, candidate, request_token)
        candidate = _any(call, group, other_than) if hit_id is None else None
    raise NoMoreHITs()


@transaction(lane="assignment_id")
def return_assignment(call: Call, *, assignment_id: str) -> None:
    """Return an assignment; its slot is open again unless the HIT has expired. Once more changes nothing.

    For some seconds the Worker can undo it (`returns.undo_return`), so long are uploaded files kept.
    """
    row = call.db.one(
        """
        UPDATE assignment SET status = 'Returned', ended_at = :now
         WHERE assignment_id = :assignment_id AND worker_id = :caller AND status = 'Accepted' AND due_at > :now
        RETURNING hit_id, requester_id
        """,
        now=call.now,
        assignment_id=assignment_id,
        caller=call.caller,
    )
    if row is None:
        _check_was_returned(call, assignment_id)
        return
    append_event(call, "AssignmentReturned", row, call.caller, assignment_id, moved=("Accepted", "Returned"))
    uploads.release_assignment(call, assignment_id, delete_at=call.later(seconds=UNDO_SECONDS))
    slots.give_back(call, row["hit_id"], call.caller)


def abandon(call: Call, assignment_id: str) -> None:
    """The time ran out: the assignment ends and its place is free again unless the HIT has expired."""
    row = call.db.one(
        """
        UPDATE assignment SET status = 'Abandoned', ended_at = :now
         WHERE assignment_id = :assignment_id AND status = 'Accepted' AND due_at <= :now
        RETURNING hit_id, requester_id, worker_id
        """,
        now=call.now,
        assignment_id=assignment_id,
    )
    if row is not None:
        append_event(call, "AssignmentAbandoned", row, row["worker_id"], assignment_id, moved=("Accepted", "Abandoned"))
        uploads.release_assignment(call, assignment_id)
        slots.give_back(call, row["hit_id"], row["worker_id"])


def take_turn(call: Call) -> None:
    """One acceptance of a Worker at a time, in any process: the row's lock; what follows may count."""
    turn = call.db.run(
        "UPDATE worker SET turn = turn + 1 WHERE worker_id = :caller AND status = 'Active'", caller=call.caller
    )
    if not turn:
        raise AccountClosed()


def _check_limits(call: Call) -> None:
    """Refuse more than may be in a queue at a time, and more than may be accepted a day."""
    check_queue(call)
    today = call.db.one(
        "SELECT COUNT(*) AS accepted FROM assignment WHERE worker_id = :caller AND accepted_at >= :midnight",
        caller=call.caller,
        midnight=call.now.replace(hour=0, minute=0, second=0, microsecond=0),
    )
    assert today is not None
    if today["accepted"] >= call.rules.daily_limit:
        raise DailyLimitReached(limit=call.rules.daily_limit)


def check_queue(call: Call) -> None:
    """Refuse more than may be in a Worker's queue at a time."""
    queue = call.db.one(
        "SELECT COUNT(*) AS length FROM assignment WHERE worker_id = :caller AND status = 'Accepted'",
        caller=call.caller,
    )
    assert queue is not None
    if queue["length"] >= call.rules.queue_limit:
        raise QueueFull(limit=call.rules.queue_limit)


_ANY = """
    SELECT hit_id FROM hit h
     WHERE h.hit_group_id = :hit_group_id AND h.status = 'Assignable' AND h.expires_at > :now
       AND h.place >= :least AND h.place < :most AND h.hit_id <> :other_than
       AND NOT EXISTS (SELECT 1 FROM assignment a
                        WHERE a.hit_id = h.hit_id AND a.worker_id = :caller
                          AND a.status NOT IN ('Returned', 'Abandoned'))
     ORDER BY h.place, h.hit_id LIMIT 1
"""


def _any(call: Call, group: listings.Group, other_than: str | None) -> str | None:
    """An open HIT of the group that the Worker has not had: the next one from a random place on, round the end."""
    start = call.random.randrange(hits.ORDER)
    for least, most in ((start, hits.ORDER), (0, start)):
        row = call.db.one(
            _ANY,
            hit_group_id=group.hit_group_id,
            now=call.now,
            least=least,
            most=most,
            caller=call.caller,
            other_than=other_than or "",
        )
        if row is not None:
            return str(row["hit_id"])
    return None


def _named(call: Call, group: listings.Group, hit_id: str) -> str:
    """The HIT asked for, if it is of this group and the Worker has not had it."""
    row = call.db.one(
        """
        SELECT 1 AS had FROM assignment
         WHERE hit_id = :hit_id AND worker_id = :caller AND status NOT IN ('Returned', 'Abandoned')
        """,
        hit_id=hit_id,
        caller=call.caller,
    )
    if row is not None:
        raise HITAlreadyDone()
    found = call.db.one(
        "SELECT hit_id FROM hit WHERE hit_id = :hit_id AND hit_group_id = :hit_group_id",
        hit_id=hit_id,
        hit_group_id=group.hit_group_id,
    )
    if found is None:
        raise NoMoreHITs()
    return hit_id


def _accepted_by(call: Call, group: listings.Group, request_token: str) -> Accepted | None:
    """What this request has accepted before. Once that is not open any more the token is free again."""
    row = call.db.one(
        """
        SELECT a.assignment_id, a.hit_id, a.due_at FROM assignment a JOIN hit h ON h.hit_id = a.hit_id
         WHERE a.worker_id = :caller AND a.request_token = :request_token AND h.hit_group_id = :hit_group_id
           AND a.status = 'Accepted' AND a.due_at > :now
        """,
        caller=call.caller,
        request_token=request_token,
        hit_group_id=group.hit_group_id,
        now=call.now,
    )
    if row is not None:
        return Accepted(
            assignment_id=row["assignment_id"],
            hit_id=row["hit_id"],
            hit_group_id=group.hit_group_id,
            due_at=instant(row["due_at"]),
        )
    call.db.run(
        "UPDATE assignment SET request_token = NULL WHERE worker_id = :caller AND request_token = :request_token",
        caller=call.caller,
        request_token=request_token,
    )
    return None


def _begin(call: Call, group: listings.Group, hit_id: str, request_token: str | None) -> Accepted:
    assignment_id = call.new_id()
    due_at = call.later(seconds=group.assignment_duration_in_seconds)
    made = call.db.run(
        """
        INSERT INTO assignment (assignment_id, hit_id, requester_id, worker_id, status, accepted_at, due_at,
                                auto_approved, request_token)
        VALUES (:assignment_id, :hit_id, :requester_id, :caller, 'Accepted', :now, :due_at, 0, :request_token)
        ON CONFLICT DO NOTHING
        """,
        assignment_id=assignment_id,
        hit_id=hit_id,
        requester_id=group.requester_id,
        caller=call.caller,
        now=call.now,
        due_at=due_at,
        request_token=request_token or None,
    )
    if not made:
        raise HITAlreadyDone()
    slots.count_taken(call, hit_id)
    events.append(
        call,
        "AssignmentAccepted",
        requester_id=group.requester_id,
        worker_id=call.caller,
        hit_id=hit_id,
        assignment_id=assignment_id,
        moved=("", "Accepted"),
    )
    return Accepted(assignment_id=assignment_id, hit_id=hit_id, hit_group_id=group.hit_group_id, due_at=due_at)


def _check_was_returned(call: Call, assignment_id: str) -> None:
    """HITNotReturnable unless it has been returned before, as by a double click."""
    ended = _ended(call, assignment_id)
    if ended != "Returned":
        raise HITNotReturnable(because=ENDED[ended])


def why_not_open(call: Call, assignment_id: str) -> WorkNotOpen:
    """How an assignment of the caller's has ended, as a refusal."""
    return WorkNotOpen(because=ENDED[_ended(call, assignment_id)])


def _ended(call: Call, assignment_id: str) -> str:
    """How an assignment that is not open has ended; WorkDoesNotExist when the caller has none of this id."""
    row = call.db.one(
        "SELECT status FROM assignment WHERE assignment_id = :assignment_id AND worker_id = :caller",
        assignment_id=assignment_id,
        caller=call.caller,
    )
    if row is None:
        raise WorkDoesNotExist()
    return row["status"] if row["status"] in ENDED else "Abandoned"


def append_event(
    call: Call, kind: events.EventKind, row: Row, worker_id: str, assignment_id: str, *, moved: tuple[str, str]
) -> None:
    """Append an event of an assignment, whose row names HIT and Requester."""
    events.append(
        call,
        kind,
        requester_id=row["requester_id"],
        worker_id=worker_id,
        hit_id=row["hit_id"],
        assignment_id=assignment_id,
        moved=moved,
    )


# ---------------------------------------------------------------------------------------------- look


@transaction(reads=True)
def get_work(call: Call, *, assignment_id: str) -> Work:
    """One of the Worker's own assignments, in whatever state it is."""
    row = call.db.one(_ONE_WORK, caller=call.caller, assignment_id=assignment_id)
    if row is None:
        raise WorkDoesNotExist()
    return _as_work(call, row)


@transaction(reads=True)
def list_queue(call: Call) -> list[Work]:
    """What the Worker has accepted and not yet finished, the most urgent first."""
    return [_as_work(call, row) for row in call.db.all(_QUEUE, caller=call.caller, now=call.now)]


_WORK = """
    SELECT a.assignment_id, a.hit_id, a.status, a.accepted_at, a.due_at, h.question, h.hit_group_id
      FROM assignment a JOIN hit h ON h.hit_id = a.hit_id
     WHERE a.worker_id = :caller
"""
_ONE_WORK = statement(_WORK, "AND a.assignment_id = :assignment_id")
_QUEUE = statement(_WORK, "AND a.status = 'Accepted' AND a.due_at > :now ORDER BY a.due_at, a.assignment_id")


def _as_work(call: Call, row: Row) -> Work:
    return Work(
        assignment_id=row["assignment_id"],
        hit_id=row["hit_id"],
        group=listings.any_group(call, row["hit_group_id"]),
        question=row["question"],
        status=row["status"],
        accepted_at=instant(row["accepted_at"]),
        due_at=instant(row["due_at"]),
        now=call.now,
    )
