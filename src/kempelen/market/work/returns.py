"""Returns that a Worker takes back, and HITs that they skip.

A Return opens the HIT's slot at once. For some seconds the Worker can undo it: the same assignment goes on, with its
time as it was, if the slot is still open. Skipping is returning a HIT and accepting another of its group, or neither.
"""

from datetime import datetime, timedelta

import msgspec

from kempelen.core.texts import translatable
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import BlockedByRequester, HITAlreadyDone, ReturnNotUndone, WorkDoesNotExist
from kempelen.market.foundation.call import Call
from kempelen.market.hits import listings, slots, uploads
from kempelen.market.people import worker_blocks
from kempelen.market.work import work
from kempelen.market.work.work import UNDO_SECONDS, Accepted
from kempelen.store.database import Row, instant

TOO_LATE = translatable("A Return can be undone for 15 seconds.")
TIME_OVER = translatable("The time for it is over.")
TAKEN = translatable("The HIT is no longer available.")


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """An assignment that was returned a moment ago; until `undo_until` that can be undone."""

    assignment_id: str
    hit_id: str
    hit_group_id: str
    undo_until: datetime
    now: datetime


@transaction(reads=True)
def get_returned(call: Call, *, assignment_id: str) -> Returned | None:
    """The caller's assignment if its Return can still be undone; None otherwise."""
    row = _own(call, assignment_id)
    if row is None or not _may_undo(call, row):
        return None
    return Returned(
        assignment_id=assignment_id,
        hit_id=row["hit_id"],
        hit_group_id=row["hit_group_id"],
        undo_until=min(instant(row["ended_at"]) + timedelta(seconds=UNDO_SECONDS), instant(row["due_at"])),
        now=call.now,
    )


@transaction(lane="assignment_id")
def undo_return(call: Call, *, assignment_id: str) -> Accepted:
    """Undo a Return: the same assignment goes on, due when it was; once more changes nothing.

    Refused, in this order: account closed, no such assignment, too late, accepted again, blocked, qualifications, queue
    full, slot taken or HIT expired.
    """
    work.take_turn(call)
    row = _own(call, assignment_id)
    if row is None:
        raise WorkDoesNotExist()
    if row["status"] != "Accepted":
        _undo(call, assignment_id, row)
    return Accepted(
        assignment_id=assignment_id,
        hit_id=row["hit_id"],
        hit_group_id=row["hit_group_id"],
        due_at=instant(row["due_at"]),
    )


@transaction(lane="assignment_id")
def skip(call: Call, *, assignment_id: str, request_token: str | None = None) -> Accepted:
    """Return an assignment and accept another HIT of its group, or neither: NoMoreHITs when there is no other."""
    row = _own(call, assignment_id)
    if row is None:
        raise WorkDoesNotExist()
    work.return_assignment(call, assignment_id=assignment_id)
    return work.accept(call, group_id=row["hit_group_id"], request_token=request_token, other_than=row["hit_id"])


def _undo(call: Call, assignment_id: str, row: Row) -> None:
    if not _may_undo(call, row):
        is_over = row["status"] == "Returned" and instant(row["due_at"]) <= call.now
        raise ReturnNotUndone(because=TIME_OVER if is_over else TOO_LATE)
    if row["has_another"]:
        raise HITAlreadyDone()
    group = listings.any_group(call, row["hit_group_id"])
    if worker_blocks.is_blocked(call, requester_id=group.requester_id, worker_id=call.caller):
        raise BlockedByRequester()
    listings.check_may("AcceptHit", group)
    work.check_queue(call)
    if not slots.take_slot(call, row["hit_id"]):
        raise ReturnNotUndone(because=TAKEN)
    undone = call.db.run(
        """
        UPDATE assignment SET status = 'Accepted', ended_at = NULL
         WHERE assignment_id = :assignment_id AND worker_id = :caller AND status = 'Returned' AND due_at > :now
        """,
        assignment_id=assignment_id,
        caller=call.caller,
        now=call.now,
    )
    assert undone == 1, "a Worker's turn is taken by one transaction at a time"
    slots.count_taken(call, row["hit_id"])
    uploads.restore_assignment(
        call, assignment_id, delete_at=instant(row["ended_at"]) + timedelta(seconds=UNDO_SECONDS)
    )
    work.append_event(call, "AssignmentAccepted", row, call.caller, assignment_id, moved=("Returned", "Accepted"))


def _may_undo(call: Call, row: Row) -> bool:
    is_recent = row["ended_at"] is not None and instant(row["ended_at"]) > call.ago(seconds=UNDO_SECONDS)
    return row["status"] == "Returned" and is_recent and instant(row["due_at"]) > call.now


def _own(call: Call, assignment_id: str) -> Row | None:
    """The caller's assignment, its group, and whether they have accepted the same HIT again."""
    return call.db.one(
        """
        SELECT a.hit_id, a.requester_id, a.status, a.ended_at, a.due_at, h.hit_group_id,
               (SELECT COUNT(*) FROM assignment o
                 WHERE o.hit_id = a.hit_id AND o.worker_id = a.worker_id AND o.assignment_id <> a.assignment_id
                   AND o.status NOT IN ('Returned', 'Abandoned')) AS has_another
          FROM assignment a JOIN hit h ON h.hit_id = a.hit_id
         WHERE a.assignment_id = :assignment_id AND a.worker_id = :caller
        """,
        assignment_id=assignment_id,
        caller=call.caller,
    )
