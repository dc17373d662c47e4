"""Worker blocks: Workers whom a Requester excludes from all of their HITs.

A blocked Worker may see and preview the Requester's HITs but accept none. Accepted work may be finished, and submitted
work is unaffected. The reason is the Requester's own note and is never shown. Source: docs/mturk/api.md 4.5 and
10 no. 30.
"""

from kempelen.core.wire import bounds
from kempelen.core.wire.errors import InvalidParameterValue, InvalidWorker, TooManyWorkerBlocks
from kempelen.core.wire.operations import operation
from kempelen.core.wire.shapes import Integer, MaxResults, NextToken, Structure, WorkerId
from kempelen.market.foundation import events, outbox, pages
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import keeps
from kempelen.market.people import accounts

MAX_REASON = 4_096

ON_ACCOUNT_DELETION = (keeps("worker_block", "the Requester's own note"),)


class WorkerBlock(Structure, frozen=True, kw_only=True):
    """A blocked Worker and the reason given last. Source: docs/mturk/api.md 3.16."""

    worker_id: WorkerId
    reason: str


class WorkerBlockPage(Structure, frozen=True, kw_only=True):
    """A page of blocked Workers; the token continues it, `num_results` counts this page."""

    next_token: NextToken | None
    num_results: Integer
    worker_blocks: list[WorkerBlock]


@operation
def create_worker_block(call: Call, *, worker_id: WorkerId, reason: str) -> None:
    """Keep a Worker off all of the caller's HITs; blocking twice changes only the reason.

    Source: API reference, CreateWorkerBlock; docs/mturk/api.md 2.9.
    """
    bounds.check_length("reason", reason, MAX_REASON)
    accounts.worker(call, worker_id)
    block(call, requester_id=call.caller, worker_id=worker_id, reason=reason)


@operation
def delete_worker_block(call: Call, *, worker_id: WorkerId, reason: str | None = None) -> None:
    """Let a Worker in again; one who is not blocked is let in already. The reason is not kept.

    Source: API reference, DeleteWorkerBlock; docs/mturk/api.md 2.12 and 10 no. 33.
    """
    bounds.check_length("reason", reason or "", MAX_REASON)
    try:
        accounts.worker(call, worker_id)
    except InvalidParameterValue:
        raise InvalidWorker() from None
    unblock(call, requester_id=call.caller, worker_id=worker_id)


def block(call: Call, *, requester_id: str, worker_id: str, reason: str) -> None:
    """Keep a Worker off a Requester's HITs, whoever decides it; blocking twice changes only the reason."""
    replaced = call.db.run(
        "UPDATE worker_block SET reason = :reason WHERE requester_id = :requester_id AND worker_id = :worker_id",
        reason=reason,
        requester_id=requester_id,
        worker_id=worker_id,
    )
    if replaced:
        return
    _check_room(call, requester_id)
    call.db.run(
        """
        INSERT INTO worker_block (requester_id, worker_id, reason, blocked_at)
        VALUES (:requester_id, :worker_id, :reason, :now)
        ON CONFLICT (requester_id, worker_id) DO UPDATE SET reason = excluded.reason
        """,
        requester_id=requester_id,
        worker_id=worker_id,
        reason=reason,
        now=call.now,
    )
    events.append(call, "WorkerBlocked", requester_id=requester_id, worker_id=worker_id)


def unblock(call: Call, *, requester_id: str, worker_id: str) -> None:
    """Let a Worker in again, whoever decides it."""
    deleted = call.db.run(
        "DELETE FROM worker_block WHERE requester_id = :requester_id AND worker_id = :worker_id",
        requester_id=requester_id,
        worker_id=worker_id,
    )
    if deleted:
        outbox.drop_block(call, requester_id, worker_id)
        events.append(call, "WorkerUnblocked", requester_id=requester_id, worker_id=worker_id)


@operation(reads=True)
def list_worker_blocks(
    call: Call, *, next_token: NextToken | None = None, max_results: MaxResults = 10
) -> WorkerBlockPage:
    """The Workers whom the caller has blocked, the latest block first.

    Source: API reference, ListWorkerBlocks; docs/mturk/api.md 2.28.
    """
    blocked_at, before_id = pages.position_after(call, next_token, "ListWorkerBlocks") or (2**62, "")
    rows = call.db.all(
        """
        SELECT worker_id, reason, blocked_at FROM worker_block
         WHERE requester_id = :caller AND (blocked_at, worker_id) < (:blocked_at, :before_id)
         ORDER BY blocked_at DESC, worker_id DESC LIMIT :max_results
        """,
        caller=call.caller,
        blocked_at=blocked_at,
        before_id=before_id,
        max_results=max_results,
    )
    last = (rows[-1]["blocked_at"], rows[-1]["worker_id"]) if rows else None
    return WorkerBlockPage(
        next_token=pages.token_after(call, last, "ListWorkerBlocks"),
        num_results=len(rows),
        worker_blocks=[WorkerBlock(worker_id=row["worker_id"], reason=row["reason"]) for row in rows],
    )


def is_blocked(call: Call, *, requester_id: str, worker_id: str) -> bool:
    """Does this Requester keep this Worker off their HITs?"""
    row = call.db.one(
        "SELECT 1 AS blocked FROM worker_block WHERE requester_id = :requester_id AND worker_id = :worker_id",
        requester_id=requester_id,
        worker_id=worker_id,
    )
    return row is not None


def _check_room(call: Call, requester_id: str) -> None:
    """One more block of a Requester at a time, in any process; then they are counted."""
    call.db.lock(f"blocks of {requester_id}")
    row = call.db.one(
        "SELECT COUNT(*) AS blocks FROM worker_block WHERE requester_id = :requester_id", requester_id=requester_id
    )
    assert row is not None
    if row["blocks"] >= call.rules.max_worker_blocks:
        raise TooManyWorkerBlocks()
