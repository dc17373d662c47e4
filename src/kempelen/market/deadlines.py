"""Deadlines: what happens by time: abandon, expire, approve, dispose, lapse, finish a deletion.

Each deadline is a row's `…_at` column. The earliest one due is performed first, with `now` set to the moment it was
due. So a day of downtime, or a test that jumps a month, changes nothing: late is the same as on time. Deadlines of the
same moment are performed in the order of this list, then by id. Source: docs/mturk/api.md 5.
"""

from collections.abc import Callable
from datetime import datetime

from kempelen.market.foundation.call import Call
from kempelen.market.hits import hit_changes
from kempelen.market.qualifications import qualification_requests, qualification_types
from kempelen.market.work import assignments, work
from kempelen.store.database import Transaction, instant
from kempelen.store.select import statement

AT_ONCE = 200  # performed in one commit

KINDS: tuple[tuple[str, Callable[[Call, str], object]], ...] = (
    (
        """
        SELECT due_at AS at, assignment_id AS id FROM assignment WHERE status = 'Accepted'
         ORDER BY due_at, assignment_id LIMIT 1
        """,
        work.abandon,
    ),
    (
        """
        SELECT expires_at AS at, hit_id AS id FROM hit WHERE expired = 0 AND status <> 'Disposed'
         ORDER BY expires_at, hit_id LIMIT 1
        """,
        hit_changes.expire,
    ),
    (
        """
        SELECT auto_approve_at AS at, assignment_id AS id FROM assignment WHERE status = 'Submitted'
         ORDER BY auto_approve_at, assignment_id LIMIT 1
        """,
        assignments.approve_in_time,
    ),
    (
        """
        SELECT dispose_at AS at, hit_id AS id FROM hit WHERE dispose_at IS NOT NULL AND submitted = 0
         ORDER BY dispose_at, hit_id LIMIT 1
        """,
        hit_changes.dispose,
    ),
    (
        """
        SELECT due_at AS at, request_id AS id FROM qualification_request WHERE status = 'InTest'
         ORDER BY due_at, request_id LIMIT 1
        """,
        qualification_requests.lapse,
    ),
    (
        """
        SELECT gone_at AS at, qualification_type_id AS id FROM qualification_type WHERE gone_at IS NOT NULL
         ORDER BY gone_at, qualification_type_id LIMIT 1
        """,
        qualification_types.finish_deletion,
    ),
)


_NEXT = statement(
    "SELECT MIN(at) AS at FROM (",
    " UNION ALL ".join(f"SELECT at FROM ({sql}) AS kind_{number}" for number, (sql, _) in enumerate(KINDS)),
    ") AS next",
)


COUNTED_AT_MOST = 1_000  # of each kind
_COUNT_DUE = statement(
    "SELECT COUNT(*) AS due FROM (",
    " UNION ALL ".join(
        f"SELECT at FROM ({sql.replace('LIMIT 1', f'LIMIT {COUNTED_AT_MOST}')}) AS kind_{number}"
        for number, (sql, _) in enumerate(KINDS)
    ),
    ") AS queued WHERE at <= :now",
)


def next_due_at(db: Transaction) -> datetime | None:
    """The moment the next deadline is due; None when nothing waits."""
    row = db.one(_NEXT)
    return None if row is None or row["at"] is None else instant(row["at"])


def count_due(call: Call) -> int:
    """How many deadlines are due and not performed; of each kind a thousand are counted at most."""
    row = call.db.one(_COUNT_DUE, now=call.now)
    assert row is not None
    return int(row["due"])


def perform(call: Call) -> bool:
    """Perform what is due at the call's moment, the earliest first; True when there is more than fits one commit.

    In several processes only one performs at a time; the others wait, so that whoever acts next sees it done.
    """
    due_at = next_due_at(call.db)
    if due_at is None or due_at > call.now:
        return False
    call.db.lock("deadlines")
    for _ in range(AT_ONCE):
        found = [(row["at"], order, row["id"]) for order, (sql, _) in enumerate(KINDS) if (row := call.db.one(sql))]
        if not found or instant(min(found)[0]) > call.now:
            return False
        at, order, row_id = min(found)
        call.as_market(instant(at)).perform(KINDS[order][1], row_id)
    return True
