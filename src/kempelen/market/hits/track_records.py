"""Track records: how long the work of a HIT group takes, and how a Requester decides.

Counted in the transaction of each submission and decision, because lists show them for every group. The typical time is
the geometric mean of the times from acceptance to submission, on which a few long breaks have little influence. A
Requester's time to decide is that of first decisions, automatic ones included. `kempelen check` recounts both.
"""

import math
from datetime import timedelta

from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import keeps
from kempelen.store.database import Row, instant

FEWEST = 3  # times and decisions needed to show them: fewer say more about one Worker than about the work

ON_ACCOUNT_DELETION = (keeps("worker_group", "a number"),)


def count_worked(call: Call, row: Row) -> None:
    """A Worker has submitted work of this HIT; `row` is the assignment."""
    call.db.run(
        """
        UPDATE hit_group SET worked = worked + 1, worked_logs = worked_logs + :log
         WHERE hit_group_id = (SELECT h.hit_group_id FROM hit h WHERE h.hit_id = :hit_id)
        """,
        log=log(row["submitted_at"] - row["accepted_at"]),
        hit_id=row["hit_id"],
    )
    call.db.run(
        """
        INSERT INTO worker_group (worker_id, hit_group_id, submitted)
        SELECT :caller, h.hit_group_id, 1 FROM hit h WHERE h.hit_id = :hit_id
        ON CONFLICT (worker_id, hit_group_id) DO UPDATE SET submitted = worker_group.submitted + 1
        """,
        caller=call.caller,
        hit_id=row["hit_id"],
    )


def count_decided(call: Call, row: Row, *, approved: int = 0, rejected: int = 0) -> None:
    """A first decision on this assignment; `row` says whose and when it was submitted."""
    call.db.run(
        """
        INSERT INTO requester_record (requester_id, approved, rejected, decided_logs)
        VALUES (:requester_id, :approved, :rejected, :log)
        ON CONFLICT (requester_id) DO UPDATE
           SET approved = requester_record.approved + excluded.approved,
               rejected = requester_record.rejected + excluded.rejected,
               decided_logs = requester_record.decided_logs + excluded.decided_logs
        """,
        requester_id=row["requester_id"],
        approved=approved,
        rejected=rejected,
        log=log((call.now - instant(row["submitted_at"])) // timedelta(milliseconds=1)),
    )


def count_overridden(call: Call, requester_id: str) -> None:
    """A rejection became an approval; the time to decide was that of the rejection."""
    changed = call.db.run(
        """
        UPDATE requester_record SET approved = approved + 1, rejected = rejected - 1
         WHERE requester_id = :requester_id
        """,
        requester_id=requester_id,
    )
    assert changed == 1


def log(milliseconds: int) -> int:
    """A time as it is summed: thousandths of the logarithm of its seconds; less than a second counts as one."""
    return round(1000 * math.log(max(milliseconds, 1000) / 1000))


def typical_seconds(count: int, logs: int) -> int | None:
    """The typical time behind a sum; None while there are too few."""
    return round(math.exp(logs / count / 1000)) if count >= FEWEST else None


def approval_rate(approved: int, rejected: int) -> float | None:
    """The percentage of decided work that was approved; None while there is too little."""
    return 100 * approved / (approved + rejected) if approved + rejected >= FEWEST else None
